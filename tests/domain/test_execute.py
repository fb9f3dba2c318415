"""Executing: claimed once, computed on checked data, stored whole."""

from dataclasses import replace

import pytest
from stockbt_domain.errors import StorageUnavailable, Superseded
from stockbt_domain.run import ComputedBy, Run, Status
from stockbt_domain.testing.memory import MemoryRuns
from stockbt_domain.usecases.execute import claim

from .world import World


def test_a_run_ends_with_its_result_and_its_whole_history(world: World) -> None:
    """Status, metrics, hashes and events are all there, in order."""
    ended = world.execute(world.submit().run.run_id)

    stored = world.runs.get(ended.run_id)
    assert stored.status is Status.SUCCEEDED
    assert stored.end.result_hash == world.runs.result(ended.run_id).hash
    assert stored.computed_by == ComputedBy("sha", "digest", "tag")
    assert [e.to_status for e in world.runs.events(ended.run_id)] == ["PENDING", "RUNNING", "SUCCEEDED"]


def test_a_second_worker_of_an_ended_run_writes_nothing(world: World) -> None:
    """It finds itself superseded."""
    run = world.submit().run
    world.execute(run.run_id)
    with pytest.raises(Superseded):
        world.execute(run.run_id)


def test_a_second_worker_waits_for_a_living_lease_and_then_takes_over(world: World) -> None:
    """A dead worker's run is resumed after its lease, under a higher attempt."""
    run = world.submit().run
    claim(run.run_id, world.bench, actor="first", lease_seconds=60, wait=lambda s: None)
    ended = world.execute(run.run_id)

    assert ended.attempt == 2
    assert sum(world.waits) >= 60


def test_a_zombie_cannot_store_its_result(world: World) -> None:
    """A worker that was overtaken while it computed is refused by its old attempt."""
    run = world.submit().run
    bench = world.bench
    zombie = claim(run.run_id, bench, actor="zombie", lease_seconds=0, wait=lambda s: None)
    world.execute(run.run_id)
    with pytest.raises(Superseded):
        world.runs.save(
            zombie, zombie.failed(at=world.clock.now(), kind="system_error", code="X", message="x")
        )

    assert world.runs.get(run.run_id).status is Status.SUCCEEDED


def test_other_bytes_than_those_pinned_are_never_computed_on(world: World) -> None:
    """The data is hashed again before the engine starts."""
    run = world.submit().run

    class Tampered:
        def content(self, data_hash: str) -> list[bytes]:
            return [b"other bytes"]

    world.bench = replace(world.bench, datasets=Tampered())  # type: ignore[arg-type]
    ended = world.execute(run.run_id)

    assert (ended.end.error_kind, ended.end.error_code) == ("system_error", "DATA_HASH_MISMATCH")


def test_too_few_bars_say_how_many_are_needed(world: World) -> None:
    """A user error, with the number."""
    text = '{"ticker": "AAPL", "rule_type": "MA_CROSS", "params": {"slow_period": 500}}'
    ended = world.execute(world.submit(text).run.run_id)

    assert (ended.end.error_kind, ended.end.error_code) == ("user_error", "TOO_FEW_BARS")
    assert "500" in (ended.end.error_message or "") and "100" in (ended.end.error_message or "")


def test_a_crash_of_the_engine_is_a_sentence_on_the_row(world: World) -> None:
    """The trace goes to the log, not to the row."""
    world.engine.error = ZeroDivisionError("secret detail")
    ended = world.execute(world.submit().run.run_id)

    assert ended.end.error_code == "ENGINE_ERROR"
    assert "secret" not in (ended.end.error_message or "")


def test_a_database_that_comes_back_gets_the_kept_result(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The result is not computed again, and stored once."""
    save, failures = MemoryRuns.save, [StorageUnavailable("away")] * 3

    def flaky(self: MemoryRuns, before, after, **more) -> None:  # type: ignore[no-untyped-def]
        if after.status is Status.SUCCEEDED and failures:
            raise failures.pop()
        save(self, before, after, **more)

    monkeypatch.setattr(MemoryRuns, "save", flaky)
    ended = world.execute(world.submit().run.run_id)

    assert ended.status is Status.SUCCEEDED
    assert len(world.waits) == 3


def test_a_lost_acknowledgement_counts_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commit happened although its answer was lost: the worker finds its own result."""
    save, lost = MemoryRuns.save, [True]

    def losing(self: MemoryRuns, before, after, **more) -> None:  # type: ignore[no-untyped-def]
        save(self, before, after, **more)
        if after.status is Status.SUCCEEDED and lost:
            lost.pop()
            raise StorageUnavailable("the connection broke after the commit")

    monkeypatch.setattr(MemoryRuns, "save", losing)
    ended = world.execute(world.submit().run.run_id)

    assert ended.status is Status.SUCCEEDED
    assert [e.to_status for e in world.runs.events(ended.run_id)].count(Status.SUCCEEDED) == 1


def test_a_reproduction_of_the_same_code_is_identical(world: World) -> None:
    """The new run names the old one and compares itself with it."""
    first = world.execute(world.submit().run.run_id)
    again = world.reproduce(first.run_id)
    ended = world.execute(again.run_id)

    assert (ended.reproduces, ended.end.verdict) == (first.run_id, "identical")
    assert ended.run_key == first.run_key and ended.end.result_hash == first.end.result_hash


def test_a_reproduction_that_differs_says_where(world: World) -> None:
    """The verdict comes with the first difference."""
    first = world.execute(world.submit().run.run_id)
    again = world.reproduce(first.run_id)
    world.engine.drift = 0.25
    ended = world.execute(again.run_id)

    assert ended.end.verdict == "different"
    assert ended.end.difference == "equity curve: row 1, equity was 100000.0 and is 100000.25"


def test_a_cancelled_run_is_ended_before_its_worker_is_stopped(world: World) -> None:
    """The row says cancelled, and the worker that still runs cannot undo it."""
    run = world.submit().run
    world.cancel(run.run_id)
    with pytest.raises(Superseded):
        world.execute(run.run_id)

    stored = world.runs.get(run.run_id)
    assert (stored.end.error_kind, stored.end.error_code) == ("cancelled", "CANCELLED")
    assert world.launcher.deleted == [run.run_id]


def test_a_worker_waits_for_a_database_that_is_not_there_yet(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cluster opens a new pod's way to it only moments after the pod has begun."""
    run = world.submit().run
    get, failures = MemoryRuns.get, [StorageUnavailable("refused")] * 3

    def refused(self: MemoryRuns, run_id: str) -> Run:
        if failures:
            raise failures.pop()
        return get(self, run_id)

    monkeypatch.setattr(MemoryRuns, "get", refused)

    assert world.execute(run.run_id).status is Status.SUCCEEDED
    assert world.waits == [0.5, 1.0, 2.0]


def test_a_worker_does_not_wait_for_ever_for_its_database(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A minute; then the next attempt may find it."""
    run = world.submit().run

    def refused(self: MemoryRuns, run_id: str) -> Run:
        raise StorageUnavailable("refused")

    monkeypatch.setattr(MemoryRuns, "get", refused)
    with pytest.raises(StorageUnavailable):
        world.execute(run.run_id)

    assert 60 <= sum(world.waits) < 70
