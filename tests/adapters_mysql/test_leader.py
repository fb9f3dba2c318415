"""One leader among the processes on one database."""

import signal
import subprocess
import sys

import pytest
from sqlalchemy import make_url, text
from stockbt_adapters_mysql.database import Database, connect
from stockbt_adapters_mysql.leader import DatabaseLeader, lock_name
from stockbt_domain.errors import StorageUnavailable
from stockbt_domain.testing.contracts import LeaderContract

from tests.waiting import until

LEAD = """
import sys
from sqlalchemy import make_url
from stockbt_adapters_mysql.database import connect
from stockbt_adapters_mysql.leader import DatabaseLeader
with DatabaseLeader(connect(make_url(sys.stdin.readline().strip()))).hold() as leading:
    print(leading, flush=True)
    sys.stdin.read()
"""


def wait_until_leading(leader: DatabaseLeader) -> None:
    """Return once `leader` led; fail when it does not in time."""

    def leads() -> bool:
        with leader.hold() as leading:
            return leading

    until(leads, 30, "the one before lets the next one lead")


class TestDatabaseLeader(LeaderContract):
    @pytest.fixture
    def leaders(self, database: Database) -> tuple[DatabaseLeader, DatabaseLeader]:
        """Give the adapter under test."""
        return DatabaseLeader(database), DatabaseLeader(database)

    def test_a_killed_process_leads_no_more(self, database: Database) -> None:
        """Another process keeps this one out until it is killed."""
        url = database.engine.url.render_as_string(hide_password=False)
        process = subprocess.Popen(
            [sys.executable, "-c", LEAD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert process.stdin is not None
        assert process.stdout is not None
        with process:
            process.stdin.write(url + "\n")
            process.stdin.flush()
            told = process.stdout.readline()
            with DatabaseLeader(database).hold() as meanwhile:
                pass
            process.send_signal(signal.SIGKILL)
            process.wait(30)

        assert (told, meanwhile) == ("True\n", False)
        wait_until_leading(DatabaseLeader(database))  # the server notices a closed connection a moment later


@pytest.mark.docker
def test_a_lost_connection_breaks_nothing(mysql: Database) -> None:
    """The pass goes on, leaving its block is quiet, and the next one leads."""
    with DatabaseLeader(mysql).hold() as leading:
        used = text("SELECT IS_USED_LOCK(:name)")
        holder = mysql.read(
            lambda c: c.execute(used.bindparams(name=lock_name(c, "reconcile."))).scalar_one()
        )
        mysql.write(lambda c: c.execute(text(f"KILL {holder}")).close())

    assert leading
    wait_until_leading(DatabaseLeader(mysql))


def test_a_file_named_by_a_uri_has_the_same_leader(sqlite: Database) -> None:
    """However the file is named, its leader is one."""
    same = connect(make_url(f"sqlite:///file:{sqlite.engine.url.database}?uri=true"))
    with DatabaseLeader(sqlite).hold() as first, DatabaseLeader(same).hold() as second:
        assert (first, second) == (True, False)


@pytest.mark.docker
def test_databases_of_one_server_have_leaders_of_their_own(mysql: Database, empty_mysql: Database) -> None:
    """Names of locks are the server's; another installation does not stand in the way."""
    with DatabaseLeader(mysql).hold() as first, DatabaseLeader(empty_mysql).hold() as second:
        pass

    assert (first, second) == (True, True)


def test_a_database_that_is_away_is_a_sentence() -> None:
    """Neither a server nor a folder that is not there raises the driver's error."""
    nowhere = (make_url("mysql+pymysql://u:p@127.0.0.1:1/x"), make_url("sqlite:////proc/stockbt.sqlite3"))
    for url in nowhere:
        with pytest.raises(StorageUnavailable), DatabaseLeader(connect(url)).hold():
            pass
