"""A real MySQL server in a container."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import URL

if TYPE_CHECKING:
    from testcontainers.community.mysql import MySqlContainer


def start_mysql() -> "MySqlContainer":
    """Start a server with a user and a password that is awkward in a URL."""
    from testcontainers.community.mysql import MySqlContainer

    return MySqlContainer("mysql:9.7", username="stockbt", password="p@ss:w/rd%", dbname="stockbt").start()


@contextmanager
def running_mysql() -> Iterator["MySqlContainer"]:
    """Yield a started server and stop it; without Docker a laptop skips and CI fails."""
    # Not imported by statement: to mypy this repository's own folder `docker` hides the package.
    no_docker = import_module("docker.errors").DockerException

    try:
        server = start_mysql()
    except no_docker as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"needs a Docker engine with mysql:9.7 ({type(error).__name__})")
    try:
        yield server
    finally:
        server.stop()


def url_of(server: "MySqlContainer") -> URL:
    """Return the URL of the server's database for the application's own user."""
    return URL.create(
        "mysql+pymysql",
        username=server.username,
        password=server.password,
        host=server.get_container_host_ip(),
        port=int(server.get_exposed_port(3306)),
        database=server.dbname,
    )
