"""`prune` on a repository in memory."""

from datetime import timedelta

import pytest
from stockbt_domain.idempotency import IdempotencyKey
from stockbt_domain.run import Run
from stockbt_domain.run_query import RunQuery
from stockbt_domain.testing.contracts import samples
from stockbt_domain.testing.memory import ManualClock, MemoryRuns
from stockbt_domain.usecases.prune import Pruned, prune

DAY = 86_400.0


def failed(runs: MemoryRuns, run: Run | None = None) -> Run:
    """Return a stored run that failed on New Year's Eve."""
    run = run or samples.a_run()
    runs.add(run, samples.first_event(run))
    after = samples.failed(run)
    runs.save(run, after, event=samples.an_event(run, after))
    return after


def ids(runs: MemoryRuns) -> set[str]:
    """Return the id of every run."""
    return {run.run_id for run in runs.page(RunQuery(limit=200)).runs}


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
def test_everything_old_goes_in_batches(batch: int) -> None:
    """Whatever the size of a batch, all old runs go and the dry run has counted them before."""
    clock, runs = ManualClock(), MemoryRuns()
    for _ in range(5):
        failed(runs)
    clock.advance(90 * DAY + 1)
    open_ = samples.a_run()
    runs.add(open_, samples.first_event(open_))
    ninety = timedelta(days=90)
    counted = prune(runs=runs, clock=clock, older_than=ninety, dry_run=True, batch=batch)
    done = prune(runs=runs, clock=clock, older_than=ninety, batch=batch)

    assert counted == done == Pruned(5, 0)
    assert ids(runs) == {open_.run_id}


def test_a_run_goes_one_pass_after_the_run_that_reproduced_it() -> None:
    """A dry run is exact although deleting the one makes the other one free."""
    clock, runs = ManualClock(), MemoryRuns()
    old = failed(runs)
    failed(runs, samples.a_run(at=samples.NEW_YEARS_EVE + timedelta(seconds=1), reproduces=old.run_id))
    clock.advance(DAY * 2)
    day = timedelta(days=1)

    assert prune(runs=runs, clock=clock, older_than=day, dry_run=True).runs == 1
    assert prune(runs=runs, clock=clock, older_than=day, batch=1).runs == 1
    assert ids(runs) == {old.run_id}
    assert prune(runs=runs, clock=clock, older_than=day).runs == 1


def test_a_key_goes_after_its_24_hours() -> None:
    """A key that still holds stays, an expired one goes and leaves its run alone."""
    clock, runs = ManualClock(), MemoryRuns()
    for number in range(3):
        run = samples.a_run()
        key = IdempotencyKey("caller", str(number), "b" * 64, clock.now())
        runs.add(run, samples.first_event(run), idempotency=key)
    month = timedelta(days=30)
    clock.advance(DAY)
    early = prune(runs=runs, clock=clock, older_than=month, batch=2)
    clock.advance(0.000001)
    counted = prune(runs=runs, clock=clock, older_than=month, dry_run=True, batch=2)
    late = prune(runs=runs, clock=clock, older_than=month, batch=2)

    assert (early, counted, late) == (Pruned(0, 0), Pruned(0, 3), Pruned(0, 3))
    assert len(ids(runs)) == 3
