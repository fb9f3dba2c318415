"""What tests of several folders need: one real MySQL server for the whole session."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.mysql_server import running_mysql

if TYPE_CHECKING:
    from testcontainers.community.mysql import MySqlContainer

pytest.register_assert_rewrite("stockbt_domain.testing.contracts")


@pytest.fixture(scope="session")
def mysql_server() -> Iterator["MySqlContainer"]:
    """A MySQL server in a container."""
    with running_mysql() as server:
        yield server
