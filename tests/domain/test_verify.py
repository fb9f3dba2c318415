"""`verify` on a repository in memory."""

from dataclasses import replace

from stockbt_domain.run import Run
from stockbt_domain.testing.contracts import samples
from stockbt_domain.testing.memory import MemoryRuns
from stockbt_domain.usecases.verify import verify


class MovingRuns(MemoryRuns):
    """A repository in which a worker claims the run after its row was read for the first time."""

    claimed = False

    def get(self, run_id: str) -> Run:
        """Return the run as it is, and let it move on."""
        run = super().get(run_id)
        if not self.claimed:
            self.claimed = True
            mine = samples.claimed(run)
            self.save(run, mine, event=samples.an_event(run, mine))
        return run


def test_run_that_moves_on_holds() -> None:
    """A transition between reading the row and its events is no edit."""
    runs = MovingRuns()
    run = samples.a_run()
    runs.add(run, samples.first_event(run))
    found = verify(run.run_id, runs=runs)

    assert (found.holds, found.run.status, found.events) == (True, "RUNNING", 2)


def test_event_with_a_hash_of_its_own_shows_at_the_next() -> None:
    """Somebody who edits an event and its hash breaks the event after it."""
    runs = MemoryRuns()
    run = samples.a_run()
    forged = replace(samples.first_event(run), reason="forged")
    runs.add(run, forged)
    other = MemoryRuns()
    other.add(run, samples.first_event(run))
    mine = samples.claimed(run)
    for repository in (runs, other):
        repository.save(run, mine, event=samples.an_event(run, mine))
    mixed = (runs.events(run.run_id)[0], other.events(run.run_id)[1])
    other.events = lambda run_id: mixed  # type: ignore[method-assign]
    (fault,) = verify(run.run_id, runs=other).faults

    assert fault.where == "event"
    assert fault.message.startswith("event 2")
    assert "the one before it was edited" in fault.message
