"""The database's clock."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from libfaketime import get_reload_information
from sqlalchemy import text
from stockbt_adapters_mysql.clock import DatabaseClock
from stockbt_adapters_mysql.database import Database, connect
from stockbt_domain.errors import StorageUnavailable
from stockbt_domain.ports import Clock
from stockbt_domain.testing.contracts import ClockContract

SAY = """
import sys
from datetime import UTC, datetime
from sqlalchemy import make_url
from stockbt_adapters_mysql.clock import DatabaseClock
from stockbt_adapters_mysql.database import connect
print(datetime.now(UTC).isoformat(), DatabaseClock(connect(make_url(sys.stdin.read()))).now().isoformat())
"""


class TestDatabaseClock(ClockContract):
    """On both databases it is a clock as every other."""

    @pytest.fixture
    def clock(self, database: Database) -> Clock:
        """Return the clock of each database in turn."""
        return DatabaseClock(database)


@pytest.mark.docker
@pytest.mark.parametrize("jump", ["+5h", "-3d"])
def test_a_machine_whose_clock_is_wrong_writes_the_servers_time(mysql: Database, jump: str) -> None:
    """Hours ahead or days behind: what goes into the tables is what the server would say."""
    env = {**os.environ, **get_reload_information()[1], "FAKETIME": jump, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    url = mysql.engine.url.render_as_string(hide_password=False)
    before = datetime.now(UTC)
    said = subprocess.run(
        [sys.executable, "-c", SAY], input=url, env=env, check=True, capture_output=True, text=True
    )
    machine, server = map(datetime.fromisoformat, said.stdout.split())

    assert abs(machine - before) > timedelta(hours=2)
    assert before - timedelta(seconds=1) < server < datetime.now(UTC) + timedelta(seconds=1)


@pytest.mark.docker
def test_a_server_that_goes_away_leaves_the_time_that_it_told(mysql: Database) -> None:
    """A clock that was set once goes on without the server; one that never was says that it cannot."""
    clock = DatabaseClock(mysql)
    first = clock.now()
    away = DatabaseClock(connect(mysql.engine.url.set(port=1)))

    assert clock.now() >= first
    assert abs(clock.now() - mysql.read(_server_time)) < timedelta(seconds=1)
    with pytest.raises(StorageUnavailable):
        away.now()


def _server_time(connection: object) -> datetime:
    found: datetime = connection.execute(text("SELECT UTC_TIMESTAMP(6)")).scalar_one()  # type: ignore[attr-defined]
    return found.replace(tzinfo=UTC)
