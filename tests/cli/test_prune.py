"""`stockbt db prune` on the embedded database."""

import sqlite3
from pathlib import Path

import pytest

from .conftest import Stockbt


def test_old_runs_are_counted_and_then_deleted(stockbt: Stockbt, home: Path) -> None:
    """A dry run changes nothing; then the old run is gone with its result, its events stay."""
    old, new = (stockbt("run", "SP500", "RSI", "--json").document["run_id"] for _ in range(2))
    with sqlite3.connect(home / "stockbt.sqlite3") as database:
        database.execute(
            "UPDATE runs SET created_at = '2020-01-01 00:00:00.000000',"
            " completed_at = '2020-01-01 00:00:01.000000' WHERE run_id = ?",
            (old,),
        )
    counted = stockbt("db", "prune", "--older-than", "90d", "--dry-run", "--json")
    before = len(stockbt("runs", "list", "--json").document["runs"])
    done = stockbt("db", "prune", "--older-than", "90d")
    with sqlite3.connect(home / "stockbt.sqlite3") as database:
        events = database.execute("SELECT count(*) FROM run_events WHERE run_id = ?", (old,)).fetchone()
        results = database.execute("SELECT run_id FROM run_results").fetchall()

    assert counted.document == {"older_than_days": 90, "dry_run": True, "runs": 1, "idempotency_keys": 0}
    assert before == 2
    assert (done.code, done.out) == (0, "deleted 1 runs and 0 expired idempotency keys\n")
    assert [run["run_id"] for run in stockbt("runs", "list", "--json").document["runs"]] == [new]
    assert (events, results) == ((3,), [(new,)])
    assert stockbt("db", "check").code == 0


@pytest.mark.parametrize("age", ["90", "0d", "-1d", "d", "1.5d", "36501d", "٣d", ""])
def test_age_is_a_number_of_days(stockbt: Stockbt, age: str) -> None:
    """Anything else is bad usage and deletes nothing."""
    answer = stockbt("db", "prune", f"--older-than={age}")

    assert answer.code == 2
    assert "such as 90d" in answer.err
