"""Real MySQL servers in containers; one serves every process of a test session."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import URL, NullPool, create_engine, text

USER, PASSWORD, ROOT_PASSWORD = "stockbt", "p@ss:w/rd%", "root-of-a-test"
"""The password is one that is awkward in a URL."""


@dataclass(frozen=True, slots=True)
class MySqlServer:
    """A server, known by its container: any process may use it, whichever started it."""

    container_id: str

    @property
    def container(self) -> Any:
        """Return Docker's own object, as it is now."""
        from testcontainers.core.docker_client import DockerClient

        return DockerClient().client.containers.get(self.container_id)

    def address(self) -> tuple[str, int]:
        """Return (host, port) of now: a container that starts again may get another port."""
        from testcontainers.core.docker_client import DockerClient

        docker = DockerClient()
        return docker.host(), int(docker.port(self.container_id, 3306))

    def url(self, database: str = "stockbt", *, root: bool = False) -> URL:
        """Return the URL of a database, for the application's user or for root."""
        host, port = self.address()
        user, password = ("root", ROOT_PASSWORD) if root else (USER, PASSWORD)
        return URL.create("mysql+pymysql", user, password, host, port, database)

    def new_database(self, name: str) -> URL:
        """Make an empty database for the application's user alone; nobody else's has its name."""
        unique = f"{name}_{uuid4().hex[:8]}"
        with create_engine(self.url(root=True), poolclass=NullPool).begin() as root:
            root.execute(text(f"CREATE DATABASE {unique}"))
            root.execute(text(f"GRANT ALL ON {unique}.* TO {USER}"))
        return self.url(unique)

    def drop(self, database: URL) -> None:
        """Delete a database that `new_database` made."""
        with create_engine(self.url(root=True), poolclass=NullPool).begin() as root:
            root.execute(text(f"DROP DATABASE {database.database}"))

    def stop(self) -> None:
        """Delete the server and all that it holds."""
        self.container.remove(force=True, v=True)


def start_mysql() -> MySqlServer:
    """Start a server and return once it answers; without Docker a laptop skips and CI fails."""
    from testcontainers.community.mysql import MySqlContainer
    from testcontainers.core.config import testcontainers_config

    # It would take the container away with the process that started it, from under all others.
    testcontainers_config.ryuk_disabled = True
    # Not imported by statement: to mypy this repository's own folder `docker` hides the package.
    no_docker = import_module("docker.errors").DockerException
    try:
        started = MySqlContainer(
            "mysql:9.7", username=USER, password=PASSWORD, root_password=ROOT_PASSWORD, dbname="stockbt"
        ).start()
    except no_docker as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"needs a Docker engine with mysql:9.7 ({type(error).__name__})")
    return MySqlServer(started.get_wrapped_container().id)


@contextmanager
def shared_mysql(folder: Path, name: str) -> Iterator[MySqlServer]:
    """Yield the server of this name that all processes share which meet in the folder: the first to come
    starts it, the last to go stops it."""
    note = folder / f"{name}.json"
    with turn(folder / name):
        known = json.loads(note.read_text()) if note.exists() else {"users": 0}
        server = MySqlServer(known["server"]) if known["users"] else start_mysql()
        note.write_text(json.dumps({"server": server.container_id, "users": known["users"] + 1}))
    try:
        yield server
    finally:
        with turn(folder / name):
            users = json.loads(note.read_text())["users"] - 1
            note.write_text(json.dumps({"server": server.container_id, "users": users}))
            if users == 0:
                server.stop()


@contextmanager
def turn(path: Path) -> Iterator[None]:
    """Hold what only one process may have at a time."""
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
