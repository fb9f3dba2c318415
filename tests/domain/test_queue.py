"""The queue for slots: never more than the limit, first come first served, and nobody is left."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from stockbt_domain.errors import LaunchDeferred, LauncherUnavailable, LaunchRejected
from stockbt_domain.ports import JobState
from stockbt_domain.run import Run, Status
from stockbt_domain.usecases.execute import claim
from stockbt_domain.usecases.reconcile import Pass

from .world import VALID, World

BULK = VALID[:-1] + ', "priority": "bulk"}'


def one_pass(world: World, max_active: int | None = None) -> Pass:
    """Make one pass."""
    world.limit(max_active)
    return world.reconcile()


def come(world: World, *, max_active: int | None = None, text: str = VALID) -> Run:
    """Submit a run, a second after the one before."""
    world.clock.advance(1)
    world.limit(max_active)
    return world.submit(text).run


def active(world: World) -> list[str]:
    """Return the ids of runs with an active job."""
    return [job.run_id for job in world.launcher.jobs() if job.state is JobState.ACTIVE]


def test_a_submission_with_room_is_one_commit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The slot is taken with the row, and a launch that went well writes nothing."""
    saved: list[object] = []
    monkeypatch.setattr(type(world.runs), "save", lambda *args, **more: saved.append(args))
    run = come(world)

    assert (run.place.holds_slot, run.place.launches, saved) == (True, 1, [])
    assert world.launcher.launched == [run.run_id]


def test_past_the_limit_nothing_is_launched(world: World) -> None:
    """The row is stored and waits; the launcher is not even asked."""
    runs = [come(world, max_active=2) for _ in range(4)]

    assert world.launcher.launched == [run.run_id for run in runs[:2]]
    assert [run.place.queue_at is not None for run in runs] == [False, False, True, True]


def test_a_free_slot_goes_to_the_first_in_line(world: World) -> None:
    """As soon as the job is gone; several in one pass where several are free."""
    runs = [come(world, max_active=2) for _ in range(5)]
    for run in runs[:2]:
        world.execute(run.run_id)
    before = active(world)
    done = one_pass(world, 2)

    assert before == [run.run_id for run in runs[:2]]
    assert (done.deleted, done.launched, done.waiting) == (2, 2, 3)
    assert world.launcher.launched == [run.run_id for run in runs[:4]]


def test_the_slot_of_a_failed_run_is_free_when_its_pods_are_gone(world: World) -> None:
    """Its job stays as evidence, and holds the slot only while it is active."""
    first, second = come(world, max_active=1), come(world, max_active=1)
    world.engine.error = RuntimeError("boom")
    world.execute(first.run_id)
    early = one_pass(world, 1)
    world.launcher.settle(first.run_id, JobState.FAILED)
    late = one_pass(world, 1)

    assert (early.launched, late.launched, late.deleted) == (0, 1, 0)
    assert world.launcher.launched[-1] == second.run_id


def test_an_unknown_outcome_keeps_the_slot(world: World) -> None:
    """The job may be there: nobody else takes its place, and the same name is tried again."""
    world.launcher.failures.append(LauncherUnavailable("time-out"))
    first, second = come(world, max_active=1), come(world, max_active=1)
    one_pass(world, 1)
    early = list(world.launcher.launched)
    world.clock.advance(60)
    one_pass(world, 1)

    assert world.runs.get(first.run_id).place.holds_slot
    assert early == []
    assert world.launcher.launched == [first.run_id]
    assert not world.runs.get(second.run_id).place.holds_slot


def test_a_refusal_for_good_frees_the_slot_at_once(world: World) -> None:
    """There is no job to wait for."""
    world.launcher.failures.append(LaunchRejected("no"))
    come(world, max_active=1)

    assert come(world, max_active=1).place.holds_slot


def test_a_web_that_dies_before_the_launch_is_mended(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The slot was taken, the job never made: the reconciler makes it, within the same slot."""

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(type(world.launcher), "launch", die)
        come(world, max_active=1)
    (row,) = world.runs.open_runs()
    early = one_pass(world, 1)
    world.clock.advance(11)
    late = one_pass(world, 1)

    assert (early.launched, late.launched) == (0, 1)
    assert world.launcher.launched == [row.run.run_id]
    assert world.runs.get(row.run.run_id).place.launches == 2


def test_a_job_of_an_earlier_version_takes_a_slot(world: World) -> None:
    """Its web counted nothing: the reconciler sees the job and counts it."""
    run = come(world)
    world.runs.save(run, run.placed(holds_slot=False, launches=1))
    one_pass(world, 1)

    assert world.runs.get(run.run_id).place.holds_slot
    assert not come(world, max_active=1).place.holds_slot


def test_cancelling_in_line_lets_the_others_pass(world: World) -> None:
    """Who left the line is never launched."""
    first, second, third = (come(world, max_active=1) for _ in range(3))
    world.cancel(second.run_id)
    world.execute(first.run_id)
    one_pass(world, 1)

    assert world.launcher.launched == [first.run_id, third.run_id]


def test_a_job_made_after_its_run_was_cancelled_is_deleted(world: World) -> None:
    """The create was under way: until it is known to be over, the slot is kept."""
    first = come(world, max_active=1)
    world.launcher.vanish(first.run_id)
    world.cancel(first.run_id)
    one_pass(world, 1)
    kept = world.runs.get(first.run_id).place.holds_slot
    world.launcher.settle(first.run_id)
    done = one_pass(world, 1)

    assert (kept, done.deleted) == (True, 1)
    assert not world.runs.get(first.run_id).place.holds_slot


def test_a_run_that_lost_its_slot_gets_one_in_its_turn(world: World) -> None:
    """A lost worker of a run without a slot is replaced when there is room, and not before."""
    run = come(world)
    claim(run.run_id, world.bench, actor="w", lease_seconds=1, wait=lambda s: None)
    mine = world.runs.get(run.run_id)
    world.runs.save(mine, mine.placed(holds_slot=False))
    world.launcher.vanish(run.run_id)
    other = come(world, max_active=1)
    world.clock.advance(60)
    one_pass(world, 1)
    waiting = world.runs.get(run.run_id)
    world.execute(other.run_id)
    one_pass(world, 1)

    assert waiting.place.queue_at is not None
    assert world.launcher.launched == [run.run_id, other.run_id, run.run_id]


def test_a_run_that_never_starts_is_given_up_in_line_too(world: World) -> None:
    """The launch budget holds for runs that come back to the line."""
    run = come(world)
    world.launcher.vanish(run.run_id)
    stored = world.runs.get(run.run_id)
    world.runs.save(stored, stored.queued().placed(launches=5))
    done = one_pass(world, 1)

    assert done.failed == 1
    assert world.runs.get(run.run_id).end.error_code == "START_DEADLINE"


class Cluster(RuleBasedStateMachine):
    """Submissions, workers, faults and passes in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.came: list[Run] = []

    @initialize(limit=st.integers(1, 3))
    def choose(self, limit: int) -> None:
        """Choose the limit."""
        self.limit = limit

    @rule(
        bulk=st.booleans(),
        fate=st.sampled_from(["good", "good", "good", "refused", "full", "silent", "answer lost"]),
    )
    def submit(self, bulk: bool, fate: str) -> None:
        """Submit a run; the launcher does this or that with it, if it is asked."""
        launcher = self.world.launcher
        known = {"refused": LaunchRejected, "full": LaunchDeferred, "silent": LauncherUnavailable}
        launcher.failures[:] = [known[fate]("fate")] if fate in known else []
        launcher.answers_lost = int(fate == "answer lost")
        self.came.append(come(self.world, max_active=self.limit, text=BULK if bulk else VALID))
        launcher.failures.clear()
        launcher.answers_lost = 0

    @precondition(lambda self: active(self.world))
    @rule(data=st.data(), good=st.booleans())
    def work(self, data: st.DataObject, good: bool) -> None:
        """Let the worker of an active job end its run, if it has not ended."""
        run_id = data.draw(st.sampled_from(active(self.world)))
        if not self.world.runs.get(run_id).status.terminal:
            self.world.engine.error = None if good else RuntimeError("boom")
            self.world.execute(run_id)

    @precondition(lambda self: active(self.world))
    @rule(data=st.data(), fate=st.sampled_from(["ends", "fails", "vanishes", "cancelled"]))
    def disturb(self, data: st.DataObject, fate: str) -> None:
        """Let an active job wind down, die or vanish, or cancel its run."""
        run_id = data.draw(st.sampled_from(active(self.world)))
        launcher = self.world.launcher
        ended = self.world.runs.get(run_id).status.terminal
        if fate == "ends" and ended:
            launcher.settle(run_id, JobState.SUCCEEDED)
        elif fate == "fails":
            launcher.settle(run_id, JobState.FAILED, code="WORKER_LOST", message="died")
        elif fate == "vanishes":
            launcher.vanish(run_id)
        elif not ended:
            self.world.cancel(run_id)

    @rule(seconds=st.sampled_from([0, 3, 61]))
    def reconcile(self, seconds: int) -> None:
        """Make a pass after a while."""
        self.world.clock.advance(seconds)
        one_pass(self.world, self.limit)

    @invariant()
    def never_more_than_the_limit(self) -> None:
        """Neither slots nor active jobs pass it."""
        if self.came:
            runs = [self.world.runs.get(run.run_id) for run in self.came]

            assert sum(run.place.holds_slot for run in runs) <= self.limit
            assert len(active(self.world)) <= self.limit

    @invariant()
    def first_come_first_served(self) -> None:
        """Of runs of one priority, none was launched while an earlier one never got its turn."""
        for priority in ("single", "bulk"):
            runs = [self.world.runs.get(run.run_id) for run in self.came if run.request.priority == priority]
            open_runs = [run for run in runs if not run.status.terminal and run.status is not Status.RUNNING]
            never = [run.created_at for run in open_runs if run.place.queue_at is not None]
            begun = [run.created_at for run in runs if run.place.launches and run.place.queue_at is None]

            assert not never or all(at < min(never) for at in begun)

    def teardown(self) -> None:
        """Once nothing disturbs any more, every run ends."""
        self.world.engine.error = None
        for _ in range(40 * (len(self.came) + 1)):
            self.world.clock.advance(61)
            one_pass(self.world, self.limit)
            for run_id in active(self.world):
                if not self.world.runs.get(run_id).status.terminal:
                    self.world.execute(run_id)
                elif self.world.runs.get(run_id).status is Status.FAILED:
                    self.world.launcher.settle(run_id, JobState.FAILED)
            if not self.world.runs.open_runs():
                break
        one_pass(self.world, self.limit)

        assert self.world.runs.open_runs() == ()
        assert self.world.runs.winding_down() == ()


TestCluster = Cluster.TestCase
TestCluster.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
