"""`stockbt runs verify`: what was edited or is missing shows, on the embedded database."""

import sqlite3
from pathlib import Path

import pytest

from .conftest import Stockbt


@pytest.fixture
def run_id(stockbt: Stockbt) -> str:
    """Return a succeeded run."""
    found: str = stockbt("run", "SP500", "RSI", "--json").document["run_id"]
    return found


def edit(home: Path, statement: str) -> None:
    """Change the database as somebody with its password can."""
    with sqlite3.connect(home / "stockbt.sqlite3") as database:
        database.execute(statement)
    database.close()


def test_untouched_run_holds(stockbt: Stockbt, run_id: str) -> None:
    """Exit code 0, and the hash that was computed again is the stored one."""
    answer = stockbt("runs", "verify", run_id, "--json")

    assert (answer.code, answer.document["good"], answer.document["faults"]) == (0, True, [])
    assert answer.document["computed_hash"] == answer.document["result_hash"] is not None
    assert answer.document["events"] == 3
    assert "as it was written" in stockbt("runs", "verify", run_id).out


def test_failed_run_holds_without_a_result(stockbt: Stockbt) -> None:
    """A run that ended without a result has only its events to hash."""
    failed = stockbt("run", "SP500", "RSI", "--fee-rate", "9", "--json").document["run_id"]
    answer = stockbt("runs", "verify", failed, "--json")

    assert (answer.code, answer.document["computed_hash"]) == (0, None)


@pytest.mark.parametrize(
    ("statement", "where", "told"),
    [
        ("UPDATE run_events SET reason = 'nothing' WHERE seq = 1", ["event"], "event 2 (PENDING to RUNNING"),
        ("UPDATE run_events SET to_status = 'FAILED' WHERE seq = 2", ["event", "row"], "event 3"),
        ("DELETE FROM run_events WHERE seq = 0", ["event"], "before it is missing"),
        ("DELETE FROM run_events WHERE seq = 1", ["event"], "before it is missing"),
        ("DELETE FROM run_events WHERE seq = 2", ["row"], "later events are missing"),
        ("DELETE FROM run_events", ["event"], "every event is missing"),
        ("UPDATE runs SET status = 'FAILED'", ["row"], "the row is FAILED"),
        (f"UPDATE runs SET result_hash = '{'0' * 64}'", ["row"], "result_hash was edited"),
        (
            "UPDATE runs SET metrics_json = json_set(metrics_json, '$.total_return_pct', 99.5)",
            ["result"],
            "metrics, equity curve or trades were edited",
        ),
        (
            "UPDATE run_results SET equity_curve = trades",
            ["result"],
            "metrics, equity curve or trades were edited",
        ),
        ("UPDATE run_results SET trades = x'00'", ["result"], "cannot be read"),
        ("UPDATE run_results SET equity_curve = substr(equity_curve, 1, 99)", ["result"], "cannot be read"),
        ("UPDATE runs SET metrics_json = '[1]'", ["result"], "cannot be read"),
        ("DELETE FROM run_results", ["result"], "missing"),
    ],
)
def test_what_was_changed_is_said(
    stockbt: Stockbt, home: Path, run_id: str, statement: str, where: list[str], told: str
) -> None:
    """An edited or missing event, row, metric or block ends in exit code 1 and a sentence on it."""
    edit(home, statement)
    answer = stockbt("runs", "verify", run_id, "--json")

    assert (answer.code, answer.document["good"]) == (1, False)
    assert [fault["where"] for fault in answer.document["faults"]] == where
    assert told in answer.err


def test_damaged_result_is_a_sentence_elsewhere_too(stockbt: Stockbt, home: Path, run_id: str) -> None:
    """Showing a run whose result cannot be read says so and does not break."""
    edit(home, "UPDATE run_results SET trades = x'00'")
    answer = stockbt("runs", "show", run_id, "--json")

    assert answer.code == 3
    assert "is damaged" in answer.err
    assert "Traceback" not in answer.err


def test_repetition_of_a_damaged_result_differs(stockbt: Stockbt, home: Path, run_id: str) -> None:
    """A run whose stored result cannot be read is still repeated; the verdict says why it differs."""
    edit(home, "UPDATE run_results SET trades = x'00'")
    answer = stockbt("runs", "reproduce", run_id, "--json")

    assert (answer.code, answer.document["verdict"]) == (1, "different")
    assert "is damaged" in answer.document["difference"]


def test_unknown_run_is_2(stockbt: Stockbt) -> None:
    """There is nothing to verify."""
    assert stockbt("runs", "verify", "00000000-0000-4000-8000-000000000000").code == 2
