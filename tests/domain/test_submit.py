"""Submitting: the row first, the job second, and nothing lost in between."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from stockbt_domain.errors import IdempotencyConflict, LauncherUnavailable, LaunchRejected, NothingToCompute
from stockbt_domain.idempotency import IdempotencyKey
from stockbt_domain.run import LAUNCH_GRACE, Status

from .world import CSV, VALID, World


def test_a_valid_request_becomes_one_pending_run_and_one_job(world: World) -> None:
    """The row is PENDING, pinned to the data, and its worker is started once."""
    run = world.submit().run

    stored = world.runs.get(run.run_id)
    assert stored.status is Status.PENDING
    assert world.launcher.launched == [run.run_id]
    assert stored.pin.data_hash == world.datasets.newest("AAPL", "1d").data_hash
    assert (stored.pin.start_date, stored.pin.end_date) == (date(2020, 1, 1), date(2020, 4, 9))


def test_rule_and_params_are_stored_as_received(world: World) -> None:
    """The alias and the number's own form stay."""
    run = world.runs.get(world.submit().run.run_id)

    assert run.request.rule_type == "MA_CROSS"
    assert run.request.params_text == '{"fast_period": 2e0, "slow_period": 5}'


def test_an_invalid_request_is_recorded_as_failed_and_starts_nothing(world: World) -> None:
    """The user finds the run with its reason, and all problems are in the answer."""
    done = world.submit('{"ticker": "MSFT", "rule_type": "RSI", "fee_rate": 9, "x": 1}')

    stored = world.runs.get(done.run.run_id)
    assert {p.field for p in done.problems} == {"ticker", "fee_rate", "x"}
    assert (stored.status, stored.end.error_kind, stored.end.error_code) == (
        Status.FAILED,
        "user_error",
        "INVALID_PARAMS",
    )
    assert [e.to_status for e in world.runs.events(stored.run_id)] == ["PENDING", "FAILED"]
    assert world.launcher.launched == []


def test_a_rejected_run_has_nothing_to_compute(world: World) -> None:
    """It keeps what could be read, is pinned to nothing, and says so to whoever would compute it."""
    run = world.submit('{"ticker": "AAPL", "rule_type": "WRONG"}').run
    with pytest.raises(NothingToCompute, match=run.run_id):
        run.work()

    assert (run.request.ticker, run.request.rule_type, run.pin) == ("AAPL", None, None)


def test_an_accepted_run_has_its_terms_and_its_bars(world: World) -> None:
    """What is computed is complete, with the days that the data has where the request names none."""
    request, pin = world.submit().run.work()

    assert request.terms.params == {"fast_period": 2, "slow_period": 5}
    assert (pin.start_date, pin.end_date) == (request.start_date, request.end_date)


def test_dates_outside_the_data_are_told_at_once(world: World) -> None:
    """Where the web knows that there is no bar, no worker is needed to find out."""
    done = world.submit(json.dumps({"ticker": "AAPL", "rule_type": "RSI", "start_date": "2031-01-01"}))

    assert done.run.end.error_code == "NO_DATA_IN_RANGE"
    assert done.problems[0].allowed == {"minimum": "2020-01-01", "maximum": "2020-04-09"}


def test_a_timeframe_without_data_lists_those_that_have_some(world: World) -> None:
    """The ticker is right, its timeframe is not."""
    done = world.submit(json.dumps({"ticker": "AAPL", "rule_type": "RSI", "timeframe": "1h"}))

    assert [(p.field, p.allowed) for p in done.problems] == [("timeframe", ["1d"])]


def test_a_refusal_for_good_ends_the_run(world: World) -> None:
    """LAUNCH_REJECTED is on the row, with the launcher's words."""
    world.launcher.failures.append(LaunchRejected("the image is not allowed"))
    run = world.submit().run

    assert (run.status, run.end.error_code) == (Status.FAILED, "LAUNCH_REJECTED")
    assert run.end.error_message == "the image is not allowed"


def test_an_unknown_outcome_leaves_the_run_pending_with_a_time_to_try_again(world: World) -> None:
    """A time-out concludes nothing."""
    world.launcher.failures.append(LauncherUnavailable("time-out"))
    run = world.submit().run

    assert run.status is Status.PENDING
    assert run.place.next_launch_at is not None and run.place.next_launch_at > world.clock.now()


def test_new_data_does_not_move_a_run_that_was_pinned_before(world: World) -> None:
    """An older run keeps its data; a newer one takes the newest."""
    old = world.submit().run
    world.add_dataset("AAPL", CSV + b" and one more bar")
    new = world.submit().run

    assert old.pin.data_hash != new.pin.data_hash
    assert b"".join(world.datasets.content(old.pin.data_hash)) == CSV


def test_the_same_key_and_body_answer_the_first_run(world: World) -> None:
    """A repeated submission is launched once."""
    key = IdempotencyKey("caller", "key", "hash", world.clock.now())
    first, second = (world.submit(VALID, idempotency=key).run for _ in range(2))

    assert first.run_id == second.run_id
    assert len(world.launcher.launched) == 1


def test_the_same_key_with_another_body_is_a_conflict(world: World) -> None:
    """A key names one request."""
    world.submit(VALID, idempotency=IdempotencyKey("caller", "key", "one", world.clock.now()))
    with pytest.raises(IdempotencyConflict):
        world.submit(VALID, idempotency=IdempotencyKey("caller", "key", "two", world.clock.now()))


def test_the_grace_covers_the_crash_between_row_and_job(world: World) -> None:
    """A stored run is due again soon, so that a reconciler can launch what a dead web did not."""
    run = world.submit().run

    assert run.place.next_launch_at == world.clock.now() + LAUNCH_GRACE
    assert timedelta(seconds=1) < LAUNCH_GRACE < timedelta(minutes=1)


def test_an_engine_that_is_not_installed_is_refused(world: World) -> None:
    """With the names of those that are."""
    world.bench = replace(world.bench, engines=("legacy", "fast"))
    done = world.submit('{"ticker": "AAPL", "rule_type": "RSI", "engine": "other"}')

    assert [(p.field, p.allowed) for p in done.problems] == [("engine", ["fast", "legacy"])]


def test_a_run_names_its_engine(world: World) -> None:
    """The default is the frozen one."""
    assert world.submit().run.request.engine == "legacy"


def test_a_launcher_that_asks_for_patience_is_left_alone_for_so_long(world: World) -> None:
    """As an API server does by Retry-After; but never for longer than a minute."""
    waits = []
    for asked in (0.0, 30.0, 3600.0):
        world.launcher.failures.append(LauncherUnavailable("too many requests", retry_after=asked))
        run = world.submit().run
        assert run.place.next_launch_at is not None
        waits.append((run.place.next_launch_at - world.clock.now()).total_seconds())

    assert waits == [2.0, 30.0, 60.0]
