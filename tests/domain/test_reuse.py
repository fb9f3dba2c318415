"""Reuse: identical runs are computed once, and nobody waits for longer than another run lives."""

import json
from dataclasses import replace

import pytest
from stockbt_domain.documents.run import status
from stockbt_domain.errors import StorageUnavailable, Superseded
from stockbt_domain.run import Run, Status
from stockbt_domain.usecases.prune import prune
from stockbt_domain.usecases.verify import verify
from stockbt_domain.usecases.workbench import Build

from .world import VALID, World

REUSE = VALID[:-1] + ', "reuse": true}'


def ask(world: World, text: str = REUSE) -> Run:
    """Submit a run, a second after the one before."""
    world.clock.advance(1)
    return world.submit(text).run


def one_pass(world: World) -> None:
    """Make one pass."""
    world.reconcile()


def get(world: World, run: Run) -> Run:
    """Return the run as it is stored."""
    return world.runs.get(run.run_id)


def test_the_key_at_submission_is_that_of_the_worker(world: World) -> None:
    """So identical runs are known before they are computed."""
    run = ask(world, VALID)

    assert run.run_key is not None
    assert world.execute(run.run_id).run_key == run.run_key


def test_an_answer_starts_no_job(world: World) -> None:
    """The run is SUCCEEDED as it is submitted and tells its source."""
    source = world.execute(ask(world, VALID).run_id)
    run = ask(world)
    document = status(run.run_id, runs=world.runs)

    assert (run.status, run.reuses) == (Status.SUCCEEDED, source.run_id)
    assert world.launcher.launched == [source.run_id]
    assert (document["reuse"], document["reuses"]) == (True, source.run_id)
    assert document["equity_curve"] == status(source.run_id, runs=world.runs)["equity_curve"]
    assert verify(run.run_id, runs=world.runs).holds


def test_what_does_not_decide_the_result_does_not_matter(world: World) -> None:
    """Priority and label are the caller's; a default and its absence are the same; another fee is not."""
    source = world.execute(ask(world, VALID).run_id)
    same = json.loads(REUSE) | {"priority": "bulk", "rule_id": "mine", "fee_rate": 0.001}
    other = json.loads(REUSE) | {"fee_rate": 0.002}

    assert ask(world, json.dumps(same)).reuses == source.run_id
    assert ask(world, json.dumps(other)).reuses is None


def test_the_end_of_the_first_answers_the_others_at_once(world: World) -> None:
    """No reconciler is needed."""
    first, second, third = ask(world), ask(world), ask(world)
    world.execute(first.run_id)

    assert world.launcher.launched == [first.run_id]
    assert [get(world, run).reuses for run in (second, third)] == [first.run_id] * 2
    assert [get(world, run).status for run in (second, third)] == [Status.SUCCEEDED] * 2


@pytest.mark.parametrize("end", ["fails", "cancelled"])
def test_without_a_result_the_next_is_computed(world: World, end: str) -> None:
    """The oldest that waits is launched, and the others wait for that one."""
    first, second, third = ask(world), ask(world), ask(world)
    if end == "fails":
        world.engine.error = RuntimeError("boom")
        world.execute(first.run_id)
        world.engine.error = None
    else:
        world.cancel(first.run_id)
    one_pass(world)
    launched = list(world.launcher.launched)
    world.execute(second.run_id)

    assert launched == [first.run_id, second.run_id]
    assert get(world, second).reuses is None
    assert get(world, third).reuses == second.run_id


def test_a_waiting_run_can_be_cancelled(world: World) -> None:
    """It ends, and the end of the first passes it by."""
    first, second = ask(world), ask(world)
    world.cancel(second.run_id)
    world.execute(first.run_id)

    assert get(world, second).end.error_code == "CANCELLED"
    assert get(world, first).status is Status.SUCCEEDED


@pytest.mark.parametrize("end", ["good", "failed", "pruned"])
def test_an_end_that_told_nobody_is_mended(world: World, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    """The worker died between its end and the answers: the reconciler gives them."""
    first, second = ask(world), ask(world)
    world.engine.error = None if end == "good" else RuntimeError("boom")
    with monkeypatch.context() as patch:
        patch.setattr(type(world.runs), "waiting_for", lambda *_: ())
        world.execute(first.run_id)
    if end == "pruned":
        world.runs.prune(world.clock.advance(1), limit=10)
    one_pass(world)

    assert get(world, second).reuses == (first.run_id if end == "good" else None)
    assert world.launcher.launched == [first.run_id] + ([] if end == "good" else [second.run_id])


def test_an_end_in_the_moment_of_submission_is_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first ended between the second's look and its row: the second answers at once."""
    first = ask(world)
    placed = type(world.runs)._placed

    def ended_meanwhile(*args: object) -> Run:
        run = placed(*args)  # type: ignore[arg-type]
        world.execute(first.run_id)
        return run

    with monkeypatch.context() as patch:
        patch.setattr(type(world.runs), "_placed", ended_meanwhile)
        second = ask(world)

    assert (second.status, second.reuses) == (Status.SUCCEEDED, first.run_id)


def test_a_database_that_leaves_before_the_answers_fails_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first has ended well; who waited is answered later."""
    first, second = ask(world), ask(world)

    def away(*_: object) -> None:
        raise StorageUnavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(type(world.runs), "waiting_for", away)
        ended = world.execute(first.run_id)
    one_pass(world)

    assert ended.status is Status.SUCCEEDED
    assert get(world, second).reuses == first.run_id


def test_a_first_whose_worker_is_another_version_is_no_source(world: World) -> None:
    """Its key tells when it is claimed: the second is computed itself."""
    this = world.bench
    world.bench = replace(this, build=Build("older", "older", lambda name: "older"))
    first, second = world.submit(REUSE).run, world.submit(REUSE).run
    world.bench = this
    world.execute(first.run_id)  # by a worker of another digest
    one_pass(world)

    assert get(world, second).reuses is None
    assert world.launcher.launched == [first.run_id, second.run_id]


def test_two_that_let_the_others_go_on_give_one_new_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second process with an older view is superseded."""
    first, second, third = ask(world), ask(world), ask(world)
    seen = world.runs.waiting_for(first.run_id)
    world.cancel(first.run_id)
    with pytest.raises(Superseded):
        world.runs.save(seen[0], seen[0].queued())
    one_pass(world)

    assert get(world, third).place.waits_for == second.run_id


def test_a_source_is_not_pruned(world: World) -> None:
    """As long as a run answers from it."""
    source = world.execute(ask(world, VALID).run_id)
    run = ask(world)
    world.clock.advance(100)
    done = prune(runs=world.runs, clock=world.clock, older_than=world.clock.now() - run.created_at)

    assert done.runs == 0
    assert world.runs.result(run.run_id).hash == source.end.result_hash


def test_an_answered_run_can_be_reproduced(world: World) -> None:
    """The repetition is computed, and compared with the reused result."""
    world.execute(ask(world, VALID).run_id)
    run = ask(world)
    again = world.reproduce(run.run_id)

    assert world.execute(again.run_id).end.verdict == "identical"
    assert get(world, again).reuses is None
