"""A database server that is restarted."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from stockbt_adapters_mysql.database import Database, connect
from stockbt_domain.errors import StorageUnavailable

from tests.mysql_server import start_mysql, url_of

if TYPE_CHECKING:
    from testcontainers.community.mysql import MySqlContainer


def answers(database: Database) -> bool:
    """Return whether the server answers."""
    try:
        return bool(database.read(lambda c: c.execute(text("SELECT 1")).scalar_one()))
    except StorageUnavailable:
        return False


@pytest.fixture
def own_server(mysql_server: "MySqlContainer") -> Iterator["MySqlContainer"]:
    """A server of its own, so that the other tests keep theirs."""
    server = start_mysql()
    yield server
    server.stop()


@pytest.mark.docker
def test_a_password_log_in_works_after_a_restart(own_server: "MySqlContainer") -> None:
    """The restarted server has forgotten every log-in and asks for the password under its public key."""
    before = connect(url_of(own_server))
    assert answers(before)
    own_server.get_wrapped_container().restart(timeout=60)
    own_server.get_wrapped_container().reload()
    after = connect(url_of(own_server))
    deadline = time.monotonic() + 60
    while not answers(after) and time.monotonic() < deadline:
        pass

    assert answers(after)
