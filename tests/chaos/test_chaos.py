"""A small campaign in every test run; `make chaos` is the large one."""

from pathlib import Path

import pytest

from tests.mysql_server import MySqlServer

from .campaign import campaign
from .targets import Server


@pytest.mark.docker
def test_no_promise_breaks_while_everything_fails(mysql_server: MySqlServer, tmp_path: Path) -> None:
    """Workers, webs and connections die at seeded moments; every run ends, once, with the right result.

    The server is shared with other tests and is left alive.
    """
    server = Server(mysql_server, "chaos")
    outcome = campaign(server, tmp_path, runs=12, seed=7, database_dies=False)

    assert outcome.violations == []
    assert sum(outcome.ends.values()) >= 12
    assert sum(hits > 0 for hits in outcome.faults.values()) >= 5, outcome.faults
