"""What every run repository must do with old runs and expired keys."""

from datetime import datetime, timedelta

import pytest

from ...errors import RunNotFound
from ...event_log import chain_faults
from ...idempotency import IdempotencyKey
from ...ports import RunRepository
from ...run import Run
from ...run_query import RunQuery
from . import samples

LONG_AFTER = samples.NEW_YEARS_EVE + timedelta(days=90)


def stored(runs: RunRepository, run: Run | None = None, *, key: IdempotencyKey | None = None) -> Run:
    """Return a stored PENDING run."""
    run = run or samples.a_run()
    return runs.add(run, samples.first_event(run), idempotency=key)


def claimed(runs: RunRepository, run: Run | None = None) -> Run:
    """Return a stored RUNNING run."""
    run = stored(runs, run)
    mine = samples.claimed(run)
    runs.save(run, mine, event=samples.an_event(run, mine), lease_seconds=0)
    return mine


def ended(runs: RunRepository, run: Run | None = None) -> Run:
    """Return a stored run that succeeded on New Year's Eve."""
    mine = claimed(runs, run)
    result = samples.a_result()
    after = samples.succeeded(mine, result)
    runs.save(mine, after, event=samples.an_event(mine, after), result=result)
    return after


def a_key(name: str, *, at: datetime = samples.NEW_YEARS_EVE) -> IdempotencyKey:
    """Return a caller's key."""
    return IdempotencyKey("caller", name, "b" * 64, at)


def left(runs: RunRepository) -> list[str]:
    """Return the ids of every run that is there."""
    return sorted(run.run_id for run in runs.page(RunQuery(limit=200)).runs)


class RunPruningContract:
    """The part of RunRepositoryContract on deleting."""

    def test_an_old_run_is_deleted_but_for_its_events(self, runs: RunRepository) -> None:
        """Row and result are gone, the chained history stays."""
        run = ended(runs)
        events = runs.events(run.run_id)
        done = runs.prune(LONG_AFTER, limit=10)

        assert (done.runs, done.next) == (1, None)
        assert left(runs) == []
        for read in (runs.get, runs.result):
            with pytest.raises(RunNotFound):
                read(run.run_id)
        assert runs.events(run.run_id) == events
        assert not chain_faults(events, run_id=run.run_id, result_hashes=(run.end.result_hash,))

    def test_a_failed_run_is_deleted_too(self, runs: RunRepository) -> None:
        """How a run ended does not matter."""
        mine = claimed(runs)
        runs.save(mine, samples.failed(mine), event=samples.an_event(mine, samples.failed(mine)))

        assert runs.prune(LONG_AFTER, limit=10).runs == 1
        assert left(runs) == []

    def test_an_open_run_is_never_deleted(self, runs: RunRepository) -> None:
        """PENDING and RUNNING runs stay however old they are."""
        kept = [stored(runs), claimed(runs)]

        assert runs.prune(LONG_AFTER, limit=10).runs == 0
        assert left(runs) == sorted(run.run_id for run in kept)

    def test_the_end_counts_to_the_microsecond(self, runs: RunRepository) -> None:
        """A run that ended at the limit stays; one that ended before it goes."""
        run = ended(runs, samples.a_run(at=samples.NEW_YEARS_EVE - timedelta(days=400)))

        assert run.completed_at is not None
        assert runs.prune(run.completed_at, limit=10).runs == 0
        assert runs.prune(run.completed_at + timedelta(microseconds=1), limit=10).runs == 1

    @pytest.mark.parametrize("open_", [False, True], ids=["ended", "open"])
    def test_a_run_that_another_one_names_stays(self, runs: RunRepository, open_: bool) -> None:
        """What was reproduced stays, with its result, as long as the run that names it."""
        old = ended(runs)
        again = samples.a_run(at=samples.NEW_YEARS_EVE + timedelta(days=1), reproduces=old.run_id)
        stored(runs, again) if open_ else ended(runs, again)
        done = runs.prune(LONG_AFTER, limit=10)

        assert done.runs == (0 if open_ else 1)
        assert runs.result(old.run_id).hash == old.end.result_hash
        assert runs.prune(LONG_AFTER, limit=10).runs == (0 if open_ else 1)

    def test_batches_are_small_and_miss_nothing(self, runs: RunRepository) -> None:
        """Each call deletes so many at most; following `next` deletes all of them, and no other."""
        old = [ended(runs) for _ in range(5)]
        kept = stored(runs)
        named = ended(runs)
        again = samples.a_run(at=samples.NEW_YEARS_EVE + timedelta(days=1), reproduces=named.run_id)
        stored(runs, again)
        counts, cursor = [], ""
        for _ in range(10):
            part = runs.prune(LONG_AFTER, limit=2, cursor=cursor)
            counts.append(part.runs)
            if part.next is None:
                break
            cursor = part.next

        assert max(counts) <= 2
        assert sum(counts) == len(old)
        assert left(runs) == sorted([kept.run_id, named.run_id, again.run_id])

    def test_a_dry_run_counts_and_deletes_nothing(self, runs: RunRepository) -> None:
        """It follows the same batches as the real one."""
        for _ in range(3):
            ended(runs, None)
        before = left(runs)
        first = runs.prune(LONG_AFTER, limit=2, dry_run=True)
        assert first.next is not None
        second = runs.prune(LONG_AFTER, limit=2, cursor=first.next, dry_run=True)

        assert (first.runs, second.runs, second.next) == (2, 1, None)
        assert left(runs) == before

    def test_a_deleted_run_takes_its_key_along(self, runs: RunRepository) -> None:
        """Its caller's key is free again."""
        run = stored(runs, key=a_key("one"))
        runs.save(run, samples.failed(run), event=samples.an_event(run, samples.failed(run)))
        runs.prune(LONG_AFTER, limit=10)
        new = samples.a_run()

        assert stored(runs, new, key=a_key("one")) == new

    def test_keys_before_a_time_are_deleted(self, runs: RunRepository) -> None:
        """Older keys go, so many at a time, and their runs stay; a key of that very time stays too."""
        day = timedelta(hours=24)
        for number in range(3):
            stored(runs, key=a_key(str(number)))
        kept = stored(runs, key=a_key("kept", at=samples.NEW_YEARS_EVE + day))
        limit = samples.NEW_YEARS_EVE + day
        counted = runs.prune_keys(limit, limit=2, dry_run=True)
        counts = [runs.prune_keys(limit, limit=2) for _ in range(3)]

        assert counted == 3
        assert counts == [2, 1, 0]
        assert len(left(runs)) == 4
        assert stored(runs, key=a_key("kept", at=samples.NEW_YEARS_EVE + day)) == kept
