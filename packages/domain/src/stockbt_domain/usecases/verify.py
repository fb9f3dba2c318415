"""Tell whether a run is still as it was written."""

from dataclasses import dataclass

from ..errors import NoResult, ResultCorrupted, RunNotFound
from ..event_log import chained
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
    if not events:
        faults.append(Fault("event", "every event is missing"))
    faults.extend(_events(run, events, computed))
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
    for event, previous in zip(events, _previous(events), strict=True):
        if event.to_status is Status.SUCCEEDED and _written(event, run, previous, computed):
            return Fault(
                "row", f"the row's result_hash was edited: it is {run.end.result_hash}, not {computed}"
            )
    sentence = (
        "metrics, equity curve or trades were edited:"
        f" they hash to {computed}, and the run ended with {run.end.result_hash}"
    )
    return Fault("result", sentence)


def _events(run: Run, events: tuple[RunEvent, ...], computed: str | None) -> list[Fault]:
    faults = []
    state: Status | None = None
    for number, (event, previous) in enumerate(zip(events, _previous(events), strict=True), start=1):
        name = f"event {number} ({event.from_status or 'none'} to {event.to_status}, attempt {event.attempt})"
        if event.from_status != state:
            sentence = f"{name} follows {state or 'nothing'}: an event before it is missing, or it was edited"
            faults.append(Fault("event", sentence))
        elif not any(_written(event, run, previous, known) for known in (run.end.result_hash, computed)):
            before = "" if number == 1 else ", or the one before it was edited or is missing"
            faults.append(Fault("event", f"{name} is not as it was written: it was edited{before}"))
        state = event.to_status
    return faults


def _previous(events: tuple[RunEvent, ...]) -> list[str]:
    return ["", *(event.hash for event in events)][: len(events)]


def _written(event: RunEvent, run: Run, previous: str, result_hash: str | None) -> bool:
    stored = result_hash if event.to_status is Status.SUCCEEDED else None
    return chained(event, run_id=run.run_id, previous=previous, result_hash=stored).hash == event.hash
