"""What every run repository must do with runs that answer from an identical one's result."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from ...errors import NoResult, Superseded
from ...event_log import chain_faults
from ...ports import RunRepository
from ...result import RESULT_TABLES, Metrics
from ...run import Run, Status
from ...run_query import RunQuery
from . import samples
from .run_list_columns import with_metrics
from .run_queue import come, fail

KEY = "a" * 64
"""The run_key that the samples' claims give."""


def ask(runs: RunRepository, *, after: float = 100, **changes: Any) -> Run:
    """Store a run that may answer from another's result, and return it as it is stored."""
    return come(runs, after=after, **{"reuse": True, "run_key": KEY, **changes})


def finish(
    runs: RunRepository, run: Run, *, verdict: str | None = None, metrics: Metrics = samples.METRICS
) -> Run:
    """Claim and end a stored run with a result."""
    mine = samples.claimed(run)
    runs.save(run, mine, event=samples.an_event(run, mine), lease_seconds=0)
    result = with_metrics(metrics)
    after = mine.succeeded(result, at=samples.NEW_YEARS_EVE, verdict=verdict, difference=None)
    runs.save(mine, after, event=samples.an_event(mine, after), result=result)
    return after


class RunReuseContract:
    """The part of RunRepositoryContract on the reuse of results."""

    def test_a_run_is_answered_by_an_identical_one(self, runs: RunRepository) -> None:
        """It is SUCCEEDED as it comes, with figures and result of its source, whose id it names."""
        source = finish(runs, come(runs))
        run = ask(runs)

        assert (run.status, run.reuses, run.attempt) == (Status.SUCCEEDED, source.run_id, 1)
        assert run.end == source.end
        assert run.computed_by == source.computed_by
        assert (run.end.verdict, run.place.holds_slot, run.place.queue_at) == (None, False, None)
        assert runs.get(run.run_id) == run
        assert runs.result(run.run_id).hash == source.end.result_hash
        assert runs.sparklines([run.run_id])[run.run_id] == runs.sparklines([source.run_id])[source.run_id]
        for name in RESULT_TABLES:
            ours, theirs = runs.table(run.run_id, name), runs.table(source.run_id, name)
            assert samples.contents(ours) == samples.contents(theirs)

    def test_the_history_of_an_answered_run_is_that_of_every_run(self, runs: RunRepository) -> None:
        """PENDING, RUNNING, SUCCEEDED, chained, and it says where the result is from."""
        source = finish(runs, come(runs))
        run = ask(runs)
        events = runs.events(run.run_id)

        assert [event.to_status for event in events] == ["PENDING", "RUNNING", "SUCCEEDED"]
        assert source.run_id in events[-1].reason
        assert not chain_faults(events, run_id=run.run_id, result_hashes=(run.end.result_hash,))

    def test_an_answered_run_is_in_sorted_lists(self, runs: RunRepository) -> None:
        """Answered as it comes or after waiting, it has its source's figures there too."""
        first = ask(runs, after=0)
        waiting = ask(runs, after=1)
        source = finish(runs, first, metrics={"sharpe_ratio": 1.5})
        answered = [runs.answer(waiting, at=samples.NEW_YEARS_EVE, actor="worker"), ask(runs, after=2)]
        listed = runs.page(RunQuery(sort="-sharpe_ratio")).runs

        assert {run.run_id for run in listed} == {run.run_id for run in (source, *answered)}

    def test_without_reuse_nothing_is_answered(self, runs: RunRepository) -> None:
        """A run that does not ask for it is computed."""
        finish(runs, come(runs))

        assert ask(runs, reuse=False).place.holds_slot

    @pytest.mark.parametrize("other", ["key", "failed", "different"])
    def test_only_a_good_identical_run_answers(self, runs: RunRepository, other: str) -> None:
        """Not one of another key, nor a failed one, nor one that could not reproduce what it should."""
        run = come(runs, run_key=KEY)
        if other == "failed":
            fail(runs, run)
        else:
            finish(runs, run, verdict="different" if other == "different" else None)

        assert ask(runs, run_key="b" * 64 if other == "key" else KEY).place.holds_slot

    def test_an_answered_run_is_no_source(self, runs: RunRepository) -> None:
        """Every run names the one that has the result."""
        source = finish(runs, come(runs))
        runs_answered = [ask(runs, after=after) for after in (100, 101)]

        assert [run.reuses for run in runs_answered] == [source.run_id] * 2

    def test_a_run_waits_for_an_identical_one_under_way(self, runs: RunRepository) -> None:
        """PENDING or RUNNING: the second takes no slot and no place in the queue."""
        first = ask(runs, after=0)
        second = ask(runs, after=1)
        mine = samples.claimed(first)
        runs.save(first, mine, event=samples.an_event(first, mine))
        third = ask(runs, after=2)

        assert first.place.holds_slot
        for run in (second, third):
            assert (run.place.waits_for, run.place.holds_slot, run.place.queue_at) == (
                first.run_id,
                False,
                None,
            )
            assert runs.get(run.run_id) == run
        assert runs.waiting_for(first.run_id) == (second, third)
        assert runs.admit("LOCAL", max_active=None, at=samples.NEW_YEARS_EVE) is None

    def test_who_is_waited_for_inherits_the_better_place(self, runs: RunRepository) -> None:
        """A single run does not wait behind a bulk one's place."""
        come(runs, max_active=1)
        bulk = ask(runs, after=1, max_active=1, priority="bulk")
        between = come(runs, after=3, max_active=1)
        single = ask(runs, after=2, max_active=1)
        order = [runs.admit("LOCAL", max_active=None, at=samples.NEW_YEARS_EVE) for _ in range(2)]

        assert single.place.waits_for == bulk.run_id
        assert [run and run.run_id for run in order] == [bulk.run_id, between.run_id]

    def test_a_waiting_run_is_answered_in_one_step(self, runs: RunRepository) -> None:
        """Both transitions are there, and the result is its own to read."""
        first = ask(runs, after=0)
        waiting = ask(runs, after=1)
        source = finish(runs, first)
        run = runs.answer(waiting, at=samples.NEW_YEARS_EVE, actor="worker")
        events = runs.events(run.run_id)

        assert (run.status, run.reuses, run.place.waits_for) == (Status.SUCCEEDED, source.run_id, None)
        assert runs.get(run.run_id) == run
        assert [event.to_status for event in events] == ["PENDING", "RUNNING", "SUCCEEDED"]
        assert not chain_faults(events, run_id=run.run_id, result_hashes=(run.end.result_hash,))
        assert runs.result(run.run_id).hash == source.end.result_hash
        assert runs.waiting_for(first.run_id) == ()

    @pytest.mark.parametrize("gone", ["open", "failed", "pruned"])
    def test_without_a_result_nothing_is_answered(self, runs: RunRepository, gone: str) -> None:
        """Where the awaited run has none for it, the waiting one stays as it is."""
        first = ask(runs, after=0)
        waiting = ask(runs, after=1)
        if gone != "open":
            fail(runs, first)
        if gone == "pruned":
            runs.prune(samples.NEW_YEARS_EVE + timedelta(days=1), limit=10)

        with pytest.raises(NoResult):
            runs.answer(waiting, at=samples.NEW_YEARS_EVE, actor="worker")
        assert runs.get(waiting.run_id) == waiting

    def test_a_run_that_waits_no_longer_is_not_answered(self, runs: RunRepository) -> None:
        """Cancelled meanwhile, or in the queue by itself: Superseded, and nothing is written."""
        first = ask(runs, after=0)
        cancelled, lined_up = ask(runs, after=1), ask(runs, after=2)
        finish(runs, first)
        ended = fail(runs, cancelled)
        runs.save(lined_up, lined_up.queued())

        for stale in (cancelled, lined_up):
            with pytest.raises(Superseded):
                runs.answer(stale, at=samples.NEW_YEARS_EVE, actor="worker")
        assert runs.get(cancelled.run_id) == ended
        assert len(runs.events(lined_up.run_id)) == 1

    def test_a_source_is_kept_as_long_as_a_run_names_it(self, runs: RunRepository) -> None:
        """Pruning deletes who answers from it first, and then it."""
        source = finish(runs, come(runs))
        run = ask(runs)
        later = samples.NEW_YEARS_EVE + timedelta(days=90)

        assert runs.prune(later, limit=10).runs == 1
        assert runs.result(source.run_id).hash == run.end.result_hash
        assert runs.prune(later, limit=10).runs == 1

    def test_of_many_identical_runs_at_once_one_is_computed(self, runs: RunRepository) -> None:
        """Submitted in the same moment, one gets a slot and the others wait for it."""
        requests = 6
        barrier = Barrier(requests)

        def post(number: int) -> Run:
            barrier.wait()
            return ask(runs, after=number)

        with ThreadPoolExecutor(requests) as pool:
            stored = list(pool.map(post, range(requests)))
        first = [run for run in stored if run.place.holds_slot]

        assert len(first) == 1
        assert {run.place.waits_for for run in stored if run is not first[0]} == {first[0].run_id}

    def test_a_note_moves_a_waiting_run_behind_another(self, runs: RunRepository) -> None:
        """When the awaited run failed, the oldest is computed and the others wait for that one."""
        first = ask(runs, after=0)
        second, third = ask(runs, after=1), ask(runs, after=2)
        runs.save(second, second.queued())
        runs.save(third, third.behind(second.run_id))

        assert runs.waiting_for(first.run_id) == ()
        assert runs.waiting_for(second.run_id) == (third.behind(second.run_id),)
