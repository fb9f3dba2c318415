"""An upgrade that was cut off: MySQL commits each of its statements, and a second one goes on."""

import pytest
from sqlalchemy import Connection, text
from stockbt_adapters_mysql.database import Database
from stockbt_adapters_mysql.migrate import at_head, check, upgrade

CUT_OFF = {
    "nothing is written of 0002": ("0001", ()),
    "0002 has no index yet": ("0001", ("DROP INDEX ix_runs_reproduces ON runs",)),
    "nothing is written of 0003": ("0002", ()),
    "0003 has no turns yet": ("0002", ("DROP TABLE turns",)),
    "0003 lacks a column and an index": (
        "0002",
        ("ALTER TABLE runs DROP COLUMN priority", "DROP INDEX ix_runs_queue ON runs"),
    ),
    "nothing is written of 0004": ("0003", ()),
}
"""The revision that is written down, and what is missing beside that."""


@pytest.mark.docker
@pytest.mark.parametrize("name", CUT_OFF)
def test_an_upgrade_that_was_cut_off_goes_on(empty_mysql: Database, name: str) -> None:
    """Whatever was committed is found again, and the schema is the newest one."""
    revision, missing = CUT_OFF[name]
    upgrade(empty_mysql)

    def cut_off(connection: Connection) -> None:
        for statement in missing:
            connection.execute(text(statement))
        connection.execute(text("UPDATE alembic_version SET version_num = :it").bindparams(it=revision))

    empty_mysql.write(cut_off)
    upgrade(empty_mysql)

    assert at_head(empty_mysql)
    assert check(empty_mysql) == ()
