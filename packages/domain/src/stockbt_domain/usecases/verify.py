"""Tell whether a run is still as it was written."""

from dataclasses import dataclass

from ..errors import NoResult, ResultCorrupted, RunNotFound
from ..event_log import chain_faults, written
from ..ports.run_repository import RunRepository
from ..run import Run, RunEvent, Status

TRIES = 10
"""Looks at a run that moves on between its row and its events."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was written: `where` is "row", "event" or "result"."""

    where: str
    message: str

    def as_json(self) -> dict[str, str]:
        """Return the fault as the interfaces carry it."""
        return {"where": self.where, "message": self.message}


@dataclass(frozen=True, slots=True)
class Verification:
    """What a run's stored parts say of each other; `computed_hash` is None where there is no result."""

    run: Run
    events: int
    computed_hash: str | None
    faults: tuple[Fault, ...]

    @property
    def holds(self) -> bool:
        """True when nothing was edited and nothing is missing."""
        return not self.faults


def verify(run_id: str, *, runs: RunRepository) -> Verification:
    """Compute the chain of events and the result's hash again from what is stored. Raises RunNotFound."""
    run, events = _seen_together(run_id, runs)
    computed, faults = _result(run, runs)
    if computed is not None and computed != run.end.result_hash:
        faults.append(_differs(run, events, computed))
    known = (run.end.result_hash, computed)
    for sentence in chain_faults(events, run_id=run_id, result_hashes=known):
        faults.append(Fault("event", sentence))
    if events and (events[-1].to_status, events[-1].attempt) != (run.status, run.attempt):
        last = events[-1]
        sentence = (
            f"the row is {run.status}, attempt {run.attempt}, and the last event is {last.to_status},"
            f" attempt {last.attempt}: the row was edited or later events are missing"
        )
        faults.append(Fault("row", sentence))
    return Verification(run, len(events), computed, tuple(faults))


def _seen_together(run_id: str, runs: RunRepository) -> tuple[Run, tuple[RunEvent, ...]]:
    """Return row and events of one moment: a transition writes both at once, and we read twice."""
    run = runs.get(run_id)
    for _ in range(TRIES):
        try:
            events = runs.events(run_id)
        except RunNotFound:
            events = ()
        again = runs.get(run_id)
        if (again.status, again.attempt) == (run.status, run.attempt):
            break
        run = again
    return run, events


def _result(run: Run, runs: RunRepository) -> tuple[str | None, list[Fault]]:
    if run.status is not Status.SUCCEEDED:
        return None, []
    try:
        return runs.result(run.run_id).hash, []
    except NoResult:
        return None, [Fault("result", "the equity curve and the trades are missing")]
    except ResultCorrupted as error:
        return None, [Fault("result", f"the result was edited and cannot be read: {error}")]


def _differs(run: Run, events: tuple[RunEvent, ...], computed: str) -> Fault:
    """Say which side was edited: the event of success is hashed over the result hash of that moment."""
    before = ["", *(event.hash for event in events)]
    for event, previous in zip(events, before, strict=False):
        if event.to_status is Status.SUCCEEDED and written(event, run.run_id, previous, computed):
            return Fault(
                "row", f"the row's result_hash was edited: it is {run.end.result_hash}, not {computed}"
            )
    sentence = (
        "metrics, equity curve or trades were edited:"
        f" they hash to {computed}, and the run ended with {run.end.result_hash}"
    )
    return Fault("result", sentence)
