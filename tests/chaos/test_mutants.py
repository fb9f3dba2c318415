"""The checker judges the real repository, and the same with one rule of the protocol taken out."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL, and_
from sqlalchemy.exc import IntegrityError
from stockbt_adapters_mysql import event_log
from stockbt_adapters_mysql import runs as sql
from stockbt_adapters_mysql.database import Database, connect
from stockbt_adapters_mysql.schema import metadata
from stockbt_domain.errors import StockbtError
from stockbt_domain.event_log import chained
from stockbt_domain.run import Run, Status
from stockbt_domain.testing.contracts import samples

from .checker import read, violations

Patch = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A database with empty tables."""
    made = connect(URL.create("sqlite", database=str(tmp_path / "runs.sqlite3")))
    metadata.create_all(made.engine)
    yield made
    made.close()


def takeover(runs: sql.SqlRuns) -> None:
    """Play: a worker sleeps past its lease, another takes over, the first wakes and stores its result."""
    pending = samples.a_run()
    runs.add(pending, samples.first_event(pending))
    sleeper = samples.claimed(pending)
    _save(runs, pending, sleeper)
    heir = samples.claimed(sleeper)
    _save(runs, sleeper, heir)
    for worker in (sleeper, heir):
        with suppress(StockbtError, IntegrityError):
            _finish(runs, worker)


def cancelled(runs: sql.SqlRuns) -> None:
    """Play: a run is cancelled while its worker computes, and the worker stores its result."""
    pending = samples.a_run()
    runs.add(pending, samples.first_event(pending))
    worker = samples.claimed(pending)
    _save(runs, pending, worker)
    _save(runs, worker, samples.failed(worker))
    with suppress(StockbtError, IntegrityError):
        _finish(runs, worker)


def _finish(runs: sql.SqlRuns, worker: Run) -> None:
    result = samples.a_result()
    after = samples.succeeded(worker, result)
    runs.save(worker, after, event=samples.an_event(worker, after), result=result)


def _save(runs: sql.SqlRuns, before: Run, after: Run) -> None:
    runs.save(before, after, event=samples.an_event(before, after))


def no_fence(patch: pytest.MonkeyPatch) -> None:
    """Any writer may write."""
    patch.setattr(sql, "_is", lambda run_id, status, attempt: sql.runs.c.run_id == run_id)


def no_attempt_guard(patch: pytest.MonkeyPatch) -> None:
    """Any attempt may write."""
    runs = sql.runs.c
    patch.setattr(
        sql, "_is", lambda run_id, status, attempt: and_(runs.run_id == run_id, runs.status == status.value)
    )


def no_status_guard(patch: pytest.MonkeyPatch) -> None:
    """The last attempt may write even when the run has ended."""
    runs = sql.runs.c
    patch.setattr(
        sql, "_is", lambda run_id, status, attempt: and_(runs.run_id == run_id, runs.attempt == attempt)
    )


def no_new_attempt(patch: pytest.MonkeyPatch) -> None:
    """A claim does not raise the attempt."""
    patch.setattr(samples, "claimed", lambda run: replace(run, status=Status.RUNNING, attempt=1))


def no_event(patch: pytest.MonkeyPatch) -> None:
    """The end appends no event."""
    append = sql.append
    patch.setattr(sql, "append", lambda c, run, event, **k: run.status.terminal or append(c, run, event, **k))


def no_result(patch: pytest.MonkeyPatch) -> None:
    """The end stores no series."""
    patch.setattr(sql, "_blocks", lambda result: None)


def no_chain(patch: pytest.MonkeyPatch) -> None:
    """An event's hash does not cover the one before."""
    patch.setattr(event_log, "chained", lambda event, **rest: chained(event, **{**rest, "previous": ""}))


def no_reason(patch: pytest.MonkeyPatch) -> None:
    """A failure does not say why."""
    failed = samples.failed
    patch.setattr(samples, "failed", lambda run: samples.changed(failed(run), error_message=""))


def earlier_events(patch: pytest.MonkeyPatch) -> None:
    """An event is stamped with a time of the past, as a machine's wrong clock has it."""
    patch.setattr(event_log, "_in_order", lambda event, previous: event)
    made = samples.an_event
    patch.setattr(
        samples,
        "an_event",
        lambda *states: replace(
            made(*states), at=samples.NEW_YEARS_EVE - timedelta(seconds=states[1].attempt)
        ),
    )


@pytest.mark.parametrize("play", [takeover, cancelled])
def test_the_protocol_as_it_is_breaks_no_promise(database: Database, play: Callable[..., None]) -> None:
    """The history of a take-over and of a cancel is clean: the late worker wrote nothing."""
    play(sql.SqlRuns(database))

    assert violations(database.read(read)) == []


@pytest.mark.parametrize(
    ("mutant", "play", "kind"),
    [
        (no_fence, takeover, "ATTEMPT"),
        (no_fence, cancelled, "LEFT_TERMINAL"),
        (no_attempt_guard, takeover, "ATTEMPT"),
        (no_status_guard, cancelled, "LEFT_TERMINAL"),
        (no_new_attempt, takeover, "ATTEMPT"),
        (no_event, takeover, "ROW_AND_STORY"),
        (no_result, takeover, "RESULT_COUNT"),
        (no_chain, takeover, "CHAIN"),
        (no_reason, cancelled, "NO_REASON"),
        (earlier_events, takeover, "TIME"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_protocol_without_one_of_its_rules_is_caught(
    database: Database, monkeypatch: pytest.MonkeyPatch, mutant: Patch, play: Callable[..., None], kind: str
) -> None:
    """Taking out a rule leaves a history in which the checker finds that very violation."""
    mutant(monkeypatch)
    play(sql.SqlRuns(database))

    assert kind in {violation.kind for violation in violations(database.read(read))}
