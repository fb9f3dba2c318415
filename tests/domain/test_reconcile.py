"""Reconciling: rows and jobs find together again after any fault."""

import pytest
from stockbt_domain.errors import LaunchDeferred, LauncherUnavailable
from stockbt_domain.ports import JobState
from stockbt_domain.run import Status
from stockbt_domain.testing.memory import MemoryRuns
from stockbt_domain.usecases.execute import claim
from stockbt_domain.usecases.reconcile import Budget, Pass

from .world import World


def one_pass(world: World, **budget: float) -> Pass:
    """Make one pass."""
    return world.reconcile(Budget(**budget))  # type: ignore[arg-type]


def lose_job(world: World, run_id: str) -> None:
    """Let the run's job disappear without a word."""
    for job in world.launcher.jobs():
        if job.run_id == run_id:
            world.launcher.delete(job)


def test_a_run_that_web_never_launched_is_launched(world: World) -> None:
    """This is the crash between INSERT and create."""
    world.launcher.failures.append(LauncherUnavailable("web died here"))
    run = world.submit().run
    world.clock.advance(60)
    done = one_pass(world)

    assert done.launched == 1
    assert world.launcher.launched == [run.run_id]


def test_a_fresh_submission_is_left_to_its_own_launch(world: World) -> None:
    """Within the grace nothing is launched twice."""
    run = world.submit().run
    lose_job(world, run.run_id)

    assert one_pass(world).launched == 0


def test_a_lost_worker_is_replaced_after_its_lease(world: World) -> None:
    """No job and a dead lease: launched again; a living lease: left alone."""
    run = world.submit().run
    claim(run.run_id, world.bench, actor="w", lease_seconds=60, wait=lambda s: None)
    lose_job(world, run.run_id)
    early = one_pass(world)
    world.clock.advance(61)
    late = one_pass(world)

    assert (early.launched, late.launched) == (0, 1)


def test_a_run_that_keeps_losing_workers_is_given_up(world: World) -> None:
    """Past the launch budget it is FAILED(WORKER_LOST), never left open."""
    run = world.submit().run
    for _ in range(3):
        current = world.runs.get(run.run_id)
        world.runs.save(current, current.placed(next_launch_at=world.clock.now()))
        claim(run.run_id, world.bench, actor="w", lease_seconds=1, wait=world.clock.advance)
        lose_job(world, run.run_id)
        world.clock.advance(61)
        one_pass(world, launches=3)

    ended = world.runs.get(run.run_id)
    assert (ended.status, ended.end.error_code) == (Status.FAILED, "WORKER_LOST")


def test_a_known_death_gets_a_second_chance_at_once_and_then_its_reason(world: World) -> None:
    """A launcher that knows its worker dead need not wait for the lease."""
    run = world.submit().run
    for _ in range(2):
        claim(run.run_id, world.bench, actor="w", lease_seconds=60, wait=world.clock.advance)
        world.launcher.settle(
            run.run_id, JobState.FAILED, code="WORKER_LOST", message="killed (signal 9)", retry=True
        )
        one_pass(world)

    living = world.runs.get(run.run_id)
    world.clock.advance(61)
    one_pass(world)

    ended = world.runs.get(run.run_id)
    assert living.status is Status.RUNNING  # another machine's worker may hold it: its lease tells
    assert (ended.end.error_code, ended.end.error_message) == ("WORKER_LOST", "killed (signal 9)")
    assert len(world.launcher.launched) == 2


def test_a_worker_that_does_not_start_is_failed_and_its_job_deleted(world: World) -> None:
    """Deleted, so that it never runs later."""
    run = world.submit().run
    world.launcher.settle(run.run_id, ready=False, message="the image cannot be pulled")
    world.clock.advance(301)
    one_pass(world)

    assert world.runs.get(run.run_id).end.error_code == "START_DEADLINE"
    assert world.launcher.deleted == [run.run_id]


def test_a_worker_whose_machine_is_gone_is_replaced_past_the_start_deadline(world: World) -> None:
    """Its job is active for ever, since nobody can tell that it ended: the lease tells."""
    run = world.submit().run
    claim(run.run_id, world.bench, actor="w", lease_seconds=400, wait=lambda s: None)
    world.launcher.settle(run.run_id, ready=False)
    world.clock.advance(301)
    unseen = one_pass(world)
    world.clock.advance(100)
    dead = one_pass(world)

    assert (unseen.launched, unseen.failed, dead.launched) == (0, 0, 1)
    assert world.launcher.deleted == [run.run_id]
    assert world.runs.get(run.run_id).status is Status.RUNNING


def test_a_job_that_is_spent_ends_its_run_without_waiting_for_the_lease(world: World) -> None:
    """No worker of it is left anywhere; the job stays as evidence."""
    run = world.submit().run
    claim(run.run_id, world.bench, actor="w", lease_seconds=60, wait=lambda s: None)
    world.launcher.settle(
        run.run_id, JobState.FAILED, code="DEADLINE_EXCEEDED", message="an hour", spent=True
    )
    one_pass(world)

    assert world.runs.get(run.run_id).end.error_code == "DEADLINE_EXCEEDED"
    assert world.launcher.deleted == []


def test_a_spent_job_that_may_be_retried_is_replaced_once_and_then_stays(world: World) -> None:
    """Killed once is chance, killed twice is a reason; the second job is the evidence."""
    run = world.submit().run
    for _ in range(2):
        claim(run.run_id, world.bench, actor="w", lease_seconds=60, wait=world.clock.advance)
        world.launcher.settle(run.run_id, JobState.FAILED, code="OUT_OF_MEMORY", retry=True, spent=True)
        one_pass(world)

    assert world.runs.get(run.run_id).end.error_code == "OUT_OF_MEMORY"
    assert (len(world.launcher.launched), len(world.launcher.deleted)) == (2, 1)


def test_an_error_of_the_launcher_changes_nothing(world: World) -> None:
    """UNKNOWN is not dead."""
    run = world.submit().run
    claim(run.run_id, world.bench, actor="w", lease_seconds=1, wait=lambda s: None)
    world.clock.advance(1000)
    world.launcher.unavailable = True
    with pytest.raises(LauncherUnavailable):
        one_pass(world)

    assert world.runs.get(run.run_id).status is Status.RUNNING


def test_the_job_of_a_succeeded_run_is_deleted_and_that_of_a_failed_one_stays(world: World) -> None:
    """Success leaves nothing behind; failure leaves evidence."""
    good, bad = world.submit().run, world.submit().run
    world.execute(good.run_id)
    world.engine.error = RuntimeError("boom")
    world.execute(bad.run_id)
    one_pass(world)

    assert {job.run_id for job in world.launcher.jobs()} == {bad.run_id}


def test_waiting_runs_start_in_the_order_in_which_they_came(world: World) -> None:
    """While there is no room, later submissions queue behind earlier ones."""
    world.launcher.failures.append(LaunchDeferred("full"))
    waiting = []
    for _ in range(3):
        waiting.append(world.submit().run.run_id)
        world.clock.advance(1)
    one_pass(world)

    assert world.launcher.launched == waiting


def test_waiting_for_room_never_uses_up_the_launch_budget(world: World) -> None:
    """A run may wait as long as it takes."""
    world.launcher.failures.extend(LaunchDeferred("full") for _ in range(20))
    run = world.submit().run
    for _ in range(19):
        world.clock.advance(60)
        one_pass(world)
    one_pass(world)

    assert world.runs.get(run.run_id).status is Status.PENDING
    assert world.launcher.launched == [run.run_id]


def test_an_invalid_run_whose_web_died_is_rejected_and_never_launched(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between recording it and saying why, web was killed: the reason is found again in its text."""

    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(MemoryRuns, "save", die)
        world.submit('{"ticker": "AAPL", "rule_type": "RSI", "fee_rate": -1}')
    (open_run,) = world.runs.open_runs()
    world.clock.advance(60)
    one_pass(world)

    ended = world.runs.get(open_run.run.run_id)
    assert (ended.status, ended.end.error_code) == (Status.FAILED, "INVALID_PARAMS")
    assert "fee_rate" in (ended.end.error_message or "")
    assert world.launcher.launched == []


@pytest.mark.parametrize("job", [True, False], ids=["with a job", "without"])
def test_a_run_that_takes_too_long_is_ended_with_its_worker(world: World, job: bool) -> None:
    """A worker that hangs for ever keeps its heartbeat: the run's budget ends it."""
    run = world.submit().run
    claim(run.run_id, world.bench, actor="w", lease_seconds=10_000, wait=lambda s: None)
    if not job:
        world.launcher.vanish(run.run_id)
    world.clock.advance(600)
    early = one_pass(world, run_seconds=600)
    world.clock.advance(1)
    late = one_pass(world, run_seconds=600)

    ended = world.runs.get(run.run_id)
    assert (early.failed, late.failed) == (0, 1)
    assert (ended.end.error_kind, ended.end.error_code) == ("system_error", "DEADLINE_EXCEEDED")
    assert "600 seconds" in (ended.end.error_message or "")
    assert world.launcher.deleted == ([run.run_id] if job else [])


def test_a_run_that_waits_long_has_its_whole_budget(world: World) -> None:
    """The time counts from the first claim."""
    run = world.submit().run
    world.clock.advance(250)
    claim(run.run_id, world.bench, actor="w", lease_seconds=10_000, wait=lambda s: None)

    assert one_pass(world, run_seconds=200).failed == 0


def test_a_job_that_could_not_be_deleted_is_deleted_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row has ended first; its job may not go on, whenever the launcher answers again."""
    run = world.submit().run
    world.launcher.settle(run.run_id, ready=False)
    world.clock.advance(301)

    def silent(*_: object) -> None:
        raise LauncherUnavailable("time-out")

    with monkeypatch.context() as patch:
        patch.setattr(type(world.launcher), "delete", silent)
        one_pass(world)
        one_pass(world)
    held = world.runs.get(run.run_id).place.holds_slot
    one_pass(world)

    assert world.runs.get(run.run_id).end.error_code == "START_DEADLINE"
    assert held
    assert world.launcher.deleted == [run.run_id]
    assert not world.runs.get(run.run_id).place.holds_slot


def test_a_run_waits_for_its_turn_but_not_for_ever(world: World) -> None:
    """A quota that stays full ends it after a day, with the hours that it waited."""
    world.launcher.failures.extend(LaunchDeferred("full") for _ in range(3))
    run = world.submit().run
    world.clock.advance(23 * 3600)
    early = one_pass(world)
    world.clock.advance(2 * 3600)
    late = one_pass(world)

    ended = world.runs.get(run.run_id)
    assert (early.failed, late.failed) == (0, 1)
    assert ended.end.error_code == "START_DEADLINE"
    assert "25 hours" in (ended.end.error_message or "")
