"""Schema revisions on both databases."""

import itertools
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, event, text
from stockbt_adapters_mysql import migrate
from stockbt_adapters_mysql.database import Database, connect
from stockbt_adapters_mysql.datasets import SqlDatasets
from stockbt_adapters_mysql.migrate import at_head, check, is_ahead, upgrade
from stockbt_adapters_mysql.presets import SqlPresets
from stockbt_adapters_mysql.runs import SqlRuns
from stockbt_adapters_mysql.schema import metadata
from stockbt_domain.errors import StorageUnavailable
from stockbt_domain.run_query import RunQuery
from stockbt_domain.testing.contracts import samples
from stockbt_domain.usecases.verify import verify

from .older import PRICES, Columns, content, life_of_a_run, lived_in, revisions, upgrade_to

UPGRADE = """
import sys
from sqlalchemy import make_url
from stockbt_adapters_mysql.database import connect
from stockbt_adapters_mysql.migrate import upgrade
upgrade(connect(make_url(sys.stdin.read())))
"""


def test_an_empty_database_is_brought_to_the_newest_schema(empty_database: Database) -> None:
    """After the upgrade the schema is at its head and equals the program's own."""
    before = at_head(empty_database)
    upgrade(empty_database)

    assert not before
    assert at_head(empty_database)
    assert check(empty_database) == ()


def test_a_second_upgrade_changes_nothing(empty_database: Database) -> None:
    """An upgrade of a database that is there already leaves its data alone."""
    upgrade(empty_database)
    runs = SqlRuns(empty_database)
    run = samples.a_run()
    runs.add(run, samples.first_event(run))
    upgrade(empty_database)

    assert runs.get(run.run_id) == run
    assert at_head(empty_database)


def at_revision(database: Database, revision: str) -> None:
    """Say of the schema that it is at another revision."""
    change = text("UPDATE alembic_version SET version_num = :revision").bindparams(revision=revision)
    database.write(lambda c: c.execute(change).close())


def test_a_database_ahead_of_the_program_serves(empty_database: Database) -> None:
    """A later version has migrated: this one stays ready, works, and an upgrade changes nothing."""
    upgrade(empty_database)
    at_revision(empty_database, "9999")
    upgrade(empty_database)
    run = samples.a_run()
    SqlRuns(empty_database).add(run, samples.first_event(run))

    assert at_head(empty_database)
    assert is_ahead(empty_database)
    assert SqlRuns(empty_database).get(run.run_id) == run


def test_a_database_behind_the_program_does_not_serve(sqlite: Database) -> None:
    """A revision that this version knows to be older is not taken for a later one."""
    at_revision(sqlite, "0001")

    assert not at_head(sqlite)
    assert not is_ahead(sqlite)


def test_processes_may_upgrade_at_once(empty_database: Database) -> None:
    """Replicas that start together migrate one after the other, and all of them succeed."""
    url = empty_database.engine.url.render_as_string(hide_password=False)
    started = [
        subprocess.Popen(
            [sys.executable, "-c", UPGRADE], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    errors = []
    for process in started:
        assert process.stdin is not None
        process.stdin.write(url)
        process.stdin.close()
    for process in started:
        assert process.stderr is not None
        errors.append(process.stderr.read())
        process.wait()

    assert errors == [""] * 4
    assert check(empty_database) == ()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("ALTER TABLE runs ADD COLUMN extra INTEGER", "extra"),
        ("ALTER TABLE presets DROP COLUMN created_at", "created_at"),
        ("DROP INDEX ix_runs_status ON runs", "ix_runs_status"),
        ("ALTER TABLE runs MODIFY ticker VARCHAR(32) CHARACTER SET utf8mb4", "runs.ticker"),
        ("ALTER TABLE runs MODIFY created_at DATETIME NOT NULL", "created_at"),
    ],
    ids=["added", "dropped", "index", "collation", "fraction"],
)
def test_a_check_tells_what_differs(empty_mysql: Database, change: str, told: str) -> None:
    """A schema that someone changed by hand shows, collations and fractions of a second too."""
    upgrade(empty_mysql)
    empty_mysql.write(lambda c: c.execute(text(change)).close())

    assert any(told in difference for difference in check(empty_mysql))


@pytest.mark.parametrize("revision", revisions())
def test_data_of_every_revision_is_read_after_the_upgrade(
    empty_database: Database, tmp_path: Path, revision: str
) -> None:
    """Runs, events, results, data and presets that a version of this revision stored are all there."""
    rows = lived_in(tmp_path)
    upgrade_to(empty_database, revision)
    known = Columns.now(empty_database)
    known.fill(empty_database, rows)
    upgrade(empty_database)
    runs = SqlRuns(empty_database)
    now = content(empty_database)

    assert check(empty_database) == ()
    for table in metadata.sorted_tables:
        if table.name in known.of:
            before = [known.part(table, row) for row in rows[table.name]]
            assert [known.part(table, row) for row in now[table.name]] == before, table.name
    assert len(rows["runs"]) == 4
    for row in rows["runs"]:
        assert verify(row["run_id"], runs=runs).holds
    (dataset,) = SqlDatasets(empty_database).all()
    assert b"".join(SqlDatasets(empty_database).content(dataset.data_hash)) == PRICES
    assert [preset.name for preset in SqlPresets(empty_database).all()] == ["größer"]


class CutOff(Exception):
    """Raised in the middle of an upgrade."""


@contextmanager
def cut_off(monkeypatch: pytest.MonkeyPatch, after: int) -> Iterator[None]:
    """Let every upgrade in the block break off after so many statements that change the schema."""

    def fragile(url: URL, **options: Any) -> Database:
        made = connect(url, **options)
        left = itertools.count(after, -1)

        def cut(_c: object, _k: object, statement: str, *_rest: object) -> None:
            if statement.lstrip().startswith(("CREATE", "ALTER", "DROP")) and next(left) <= 1:
                raise CutOff

        event.listen(made.engine, "after_cursor_execute", cut)
        return made

    with monkeypatch.context() as patch:
        patch.setattr(migrate, "connect", fragile)
        yield


@pytest.mark.docker
@pytest.mark.parametrize("revision", [None, *revisions()[:-1]])
def test_an_upgrade_cut_off_after_any_statement_is_run_again(
    empty_mysql: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, revision: str | None
) -> None:
    """MySQL commits each statement of a schema by itself: every run of the upgrade is cut off after one,
    until one has nothing left to do; the schema is right then, and the data is there."""
    if revision is not None:
        upgrade_to(empty_mysql, revision)
        Columns.now(empty_mysql).fill(empty_mysql, lived_in(tmp_path))
    cuts = 0
    with cut_off(monkeypatch, after=1):
        while not at_head(empty_mysql):
            try:
                upgrade(empty_mysql)
            except CutOff:
                cuts += 1
            assert cuts < 100, "every run must get further"
    runs = SqlRuns(empty_mysql)
    found = runs.page(RunQuery()).runs

    assert cuts >= 1
    assert check(empty_mysql) == ()
    assert len(found) == (0 if revision is None else 4)
    assert all(verify(run.run_id, runs=runs).holds for run in found)


def test_an_upgrade_of_sqlite_that_is_cut_off_leaves_the_old_schema(
    empty_sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There a schema changes in one transaction: all of it or nothing."""
    upgrade_to(empty_sqlite, "0001")
    before = Columns.now(empty_sqlite)
    before.fill(empty_sqlite, lived_in(tmp_path))
    with cut_off(monkeypatch, after=6), pytest.raises(CutOff):
        upgrade(empty_sqlite)
    left = Columns.now(empty_sqlite)
    upgrade(empty_sqlite)

    assert left == before
    assert check(empty_sqlite) == ()
    assert len(SqlRuns(empty_sqlite).page(RunQuery()).runs) == 4


@pytest.mark.parametrize("revision", revisions())
def test_a_worker_of_an_earlier_version_finishes_on_the_newest_schema(
    empty_database: Database, tmp_path: Path, revision: str
) -> None:
    """Expand first, contract later: a program that knows only the columns of its revision submits,
    claims and finishes a run after the upgrade, and this version reads and verifies it."""
    moments = life_of_a_run(tmp_path)
    upgrade_to(empty_database, revision)
    older = Columns.now(empty_database)
    upgrade(empty_database)
    older.replay(empty_database, moments)
    runs = SqlRuns(empty_database)
    (run,) = runs.page(RunQuery()).runs

    assert (run.status, run.attempt) == ("SUCCEEDED", 1)
    assert verify(run.run_id, runs=runs).holds
    assert runs.result(run.run_id).hash == samples.a_result().hash


def test_a_database_without_tables_says_what_to_do(empty_database: Database) -> None:
    """The message names the command that helps."""
    with pytest.raises(StorageUnavailable, match="stockbt db upgrade"):
        SqlRuns(empty_database).page(RunQuery())


def test_every_revision_is_in_the_package() -> None:
    """Migrations are found as a resource of the installed package."""
    import stockbt_adapters_mysql

    folder = Path(stockbt_adapters_mysql.__file__).parent / "migrations" / "versions"

    assert [path.name for path in sorted(folder.glob("r*.py"))] == [
        "r0001_first.py",
        "r0002_pruning.py",
        "r0003_line_and_reuse.py",
        "r0004_lists.py",
        "r0005_launch_and_trace.py",
    ]
