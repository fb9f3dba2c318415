"""What a pod runs before the app: it waits for the database and for its schema."""

import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import make_url
from stockbt_adapters_mysql.database import connect
from stockbt_adapters_mysql.migrate import upgrade

from .conftest import Stockbt


@pytest.fixture
def empty(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file of a database that nobody has made yet."""
    file = tmp_path / "new" / "stockbt.sqlite3"
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{file}")
    return file


def test_wait_ends_with_a_sentence_when_the_schema_does_not_come(empty: Path, stockbt: Stockbt) -> None:
    """Nobody migrates: the time is up, and the sentence says what to do."""
    answer = stockbt("db", "wait", "--timeout", "0.1")

    assert answer.code == 3
    assert "run `stockbt db upgrade`" in answer.err


def test_wait_returns_once_somebody_has_migrated(empty: Path, stockbt: Stockbt) -> None:
    """It is asked before the migration and answers after it."""
    migration = threading.Timer(0.2, lambda: upgrade(connect(make_url(f"sqlite:///{empty}"))))
    migration.start()
    answer = stockbt("db", "wait", "--timeout", "30")
    migration.join()

    assert answer.code == 0


def test_upgrade_waits_for_a_database_that_does_not_answer_yet(empty: Path, stockbt: Stockbt) -> None:
    """The file is held by somebody else at first."""
    empty.parent.mkdir()
    holder = sqlite3.connect(empty, check_same_thread=False)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("CREATE TABLE held (id INTEGER)")
    holder.commit()
    release = threading.Timer(0.3, holder.close)
    release.start()
    answer = stockbt("db", "upgrade", "--wait", "60", "--json")
    release.join()

    assert answer.document == {"database": "sqlite", "changed": True}


def test_samples_are_imported_once(home: Path, stockbt: Stockbt) -> None:
    """The second time changes nothing."""
    first = stockbt("data", "samples")
    second = stockbt("data", "samples")

    assert first.code == second.code == 0
    assert first.out == second.out
