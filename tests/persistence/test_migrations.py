"""Schema revisions on both databases."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from stockbt_adapters_mysql.database import Database
from stockbt_adapters_mysql.migrate import at_head, check, is_ahead, upgrade
from stockbt_adapters_mysql.runs import SqlRuns
from stockbt_domain.errors import StorageUnavailable
from stockbt_domain.ports import RunQuery
from stockbt_domain.testing.contracts import samples

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
    ]
