"""What tests of several folders need: one real MySQL server for the whole session."""

import os
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from tests.mysql_server import start_mysql

if TYPE_CHECKING:
    from testcontainers.community.mysql import MySqlContainer

pytest.register_assert_rewrite("stockbt_domain.testing.contracts")


@pytest.fixture(scope="session")
def mysql_server() -> Iterator["MySqlContainer"]:
    """A MySQL server in a container; without Docker a laptop skips and CI fails."""
    # Not imported by statement: to mypy this repository's own folder `docker` hides the package.
    no_docker = import_module("docker.errors").DockerException

    try:
        server = start_mysql()
    except no_docker as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"needs a Docker engine with mysql:9.7 ({type(error).__name__})")
    yield server
    server.stop()
