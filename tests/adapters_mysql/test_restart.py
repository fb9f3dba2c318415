"""A database server that is restarted."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import text
from stockbt_adapters_mysql.database import Database, connect
from stockbt_domain.errors import StorageUnavailable

from tests.mysql_server import MySqlServer
from tests.waiting import until


def answers(database: Database) -> bool:
    """Return whether the server answers."""
    try:
        return bool(database.read(lambda c: c.execute(text("SELECT 1")).scalar_one()))
    except StorageUnavailable:
        return False


@pytest.mark.docker
def test_a_password_log_in_works_after_a_restart(
    mysql_alone: Callable[[], AbstractContextManager[MySqlServer]],
) -> None:
    """The restarted server has forgotten every log-in and asks for the password under its public key."""
    with mysql_alone() as server:
        before = connect(server.url())
        assert answers(before)
        server.container.restart(timeout=60)
        after = connect(server.url())

        assert until(lambda: answers(after), 60, "the restarted server answers")
