"""What every run repository must do with the queue for slots."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest

from ...errors import Superseded
from ...ports import RunRepository
from ...run import Run
from . import samples

TURN = samples.NEW_YEARS_EVE + timedelta(seconds=10)


def come(runs: RunRepository, *, after: float = 0, max_active: int | None = None, **changes: Any) -> Run:
    """Store a new run that comes in the queue so many seconds later, and return it as it is stored."""
    run = samples.a_run(at=samples.NEW_YEARS_EVE + timedelta(seconds=after), **changes).queued()
    return runs.add(run, samples.first_event(run), max_active=max_active)


def admit(runs: RunRepository, max_active: int | None = None, at: datetime = TURN) -> str | None:
    """Admit the first in the queue and return its id."""
    run = runs.admit("LOCAL", max_active=max_active, at=at)
    assert run is None or run == runs.get(run.run_id)
    return None if run is None else run.run_id


def fail(runs: RunRepository, run: Run) -> Run:
    """End the run."""
    after = samples.failed(run)
    runs.save(run, after, event=samples.an_event(run, after))
    return after


class RunQueueContract:
    """The part of RunRepositoryContract on slots."""

    def test_with_room_a_run_gets_its_slot_as_it_comes(self, runs: RunRepository) -> None:
        """It is stored as launched once, in one transaction."""
        run = come(runs)

        assert (run.place.holds_slot, run.place.queue_at, run.place.launches) == (True, None, 1)
        assert runs.get(run.run_id) == run
        assert admit(runs) is None

    def test_a_run_that_never_came_in_line_gets_no_slot(self, runs: RunRepository) -> None:
        """Such as one whose request is invalid."""
        run = samples.a_run()

        assert runs.add(run, samples.first_event(run), max_active=5) == run

    def test_past_the_limit_runs_stand_in_line(self, runs: RunRepository) -> None:
        """So many hold a slot; the others wait, with no launch counted."""
        stored = [come(runs, after=n, max_active=2) for n in range(4)]

        assert [run.place.holds_slot for run in stored] == [True, True, False, False]
        assert [run.place.launches for run in stored] == [1, 1, 0, 0]
        assert admit(runs, 2) is None

    def test_nobody_passes_the_line(self, runs: RunRepository) -> None:
        """While someone waits, a later run waits too, even where a slot is free."""
        come(runs, max_active=1)
        waiting = come(runs, after=1, max_active=1)
        late = come(runs, after=2, max_active=5)

        assert not late.place.holds_slot
        assert [admit(runs, 5), admit(runs, 5), admit(runs, 5)] == [waiting.run_id, late.run_id, None]

    def test_an_admitted_run_is_launched_at_its_turn(self, runs: RunRepository) -> None:
        """It counts one launch more, at that time, and is looked at again after the grace."""
        come(runs, max_active=1)
        waiting = come(runs, after=1, max_active=1)
        run = runs.admit("LOCAL", max_active=2, at=TURN)

        assert run == waiting.launched(at=TURN)

    def test_single_runs_pass_bulk_ones_for_ten_minutes(self, runs: RunRepository) -> None:
        """A bulk run goes after single ones that came up to ten minutes later, and before all others."""
        come(runs, max_active=1)
        bulk = come(runs, after=1, max_active=1, priority="bulk")
        soon = come(runs, after=600, max_active=1)
        late = come(runs, after=602, max_active=1)

        assert [admit(runs) for _ in range(3)] == [soon.run_id, bulk.run_id, late.run_id]

    def test_runs_of_the_same_moment_go_by_their_ids(self, runs: RunRepository) -> None:
        """The order is total, so that every replica sees the same."""
        come(runs, max_active=1)
        waiting = [come(runs, max_active=1).run_id for _ in range(3)]

        assert [admit(runs) for _ in range(3)] == sorted(waiting)

    def test_each_launcher_has_a_line_of_its_own(self, runs: RunRepository) -> None:
        """Neither slots nor places of another launcher's runs count."""
        come(runs, max_active=1, launcher="K8S")
        come(runs, after=1, max_active=1, launcher="K8S")
        run = come(runs, after=2, max_active=1)

        assert run.place.holds_slot
        assert admit(runs) is None

    def test_an_ended_run_keeps_its_slot_until_it_is_taken_back(self, runs: RunRepository) -> None:
        """Its job winds down: the next in the queue waits for that."""
        first = come(runs, max_active=1)
        waiting = come(runs, after=1, max_active=1)
        ended = fail(runs, first)
        winding_down = runs.winding_down()
        early = admit(runs, 1)
        runs.release([first.run_id])

        assert winding_down == (ended,)
        assert early is None
        assert runs.winding_down() == ()
        assert admit(runs, 1) == waiting.run_id

    def test_the_slot_of_an_open_run_is_not_taken_back(self, runs: RunRepository) -> None:
        """Only an end frees it."""
        run = come(runs)
        runs.release([run.run_id, samples.a_run().run_id])

        assert runs.get(run.run_id).place.holds_slot

    def test_who_ends_in_line_leaves_it(self, runs: RunRepository) -> None:
        """A cancelled run is not admitted, and lets others pass."""
        come(runs, max_active=1)
        cancelled = fail(runs, come(runs, after=1, max_active=1))
        run = come(runs, after=2, max_active=5)

        assert cancelled.place.queue_at is None
        assert run.place.holds_slot

    def test_a_transition_leaves_alone_what_it_does_not_change(self, runs: RunRepository) -> None:
        """Who ends a run that was admitted meanwhile does not take its slot away."""
        come(runs, max_active=1)
        seen = come(runs, after=1, max_active=1)
        admit(runs)
        fail(runs, seen)
        stored = runs.get(seen.run_id)

        assert (stored.status, stored.place.holds_slot, stored.place.launches) == ("FAILED", True, 1)
        assert stored.place.queue_at is None

    @pytest.mark.parametrize(
        "change",
        [
            lambda run: run.placed(launches=run.place.launches + 1),
            lambda run: run.placed(holds_slot=not run.place.holds_slot),
            lambda run: run.placed(queue_at=run.created_at),
            lambda run: run.placed(waits_for="0" * 8 + "-0000-4000-8000-" + "0" * 12),
        ],
        ids=["launches", "slot", "place", "waits_for"],
    )
    def test_a_stale_note_writes_nothing(self, runs: RunRepository, change: Any) -> None:
        """A note on launches, slot or place is for the run as it was seen."""
        seen = come(runs)
        stored = change(seen)
        runs.save(seen, stored)

        with pytest.raises(Superseded):
            runs.save(seen, seen.sent_back())
        assert runs.get(seen.run_id) == stored

    def test_who_is_sent_back_has_the_old_place(self, runs: RunRepository) -> None:
        """The launcher had no room: the run goes before those that came later, and no launch counts."""
        first = come(runs)
        come(runs, after=1, max_active=1)
        runs.save(first, first.sent_back())
        again = runs.admit("LOCAL", max_active=None, at=TURN)

        assert again is not None
        assert (again.run_id, again.place.launches) == (first.run_id, 1)

    @pytest.mark.parametrize("limit", [1, 3])
    def test_many_at_once_never_pass_the_limit(self, runs: RunRepository, limit: int) -> None:
        """Submissions and admissions at the same time give out so many slots and no more."""
        workers = 6
        barrier = Barrier(workers)

        def compete(number: int) -> None:
            barrier.wait()
            come(runs, after=number, max_active=limit)
            admit(runs, limit)

        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(compete, range(workers)))
        holding = [known.run for known in runs.open_runs() if known.run.place.holds_slot]

        assert len(holding) == limit
        assert all(
            known.run.place.holds_slot != (known.run.place.queue_at is not None) for known in runs.open_runs()
        )
