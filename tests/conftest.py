"""What tests of several folders need: real MySQL servers, each for all processes of the session."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from hypothesis import settings

from tests.mysql_server import MySqlServer, shared_mysql, turn

pytest.register_assert_rewrite("stockbt_domain.testing.contracts")

settings.register_profile(
    "no clock", deadline=None
)  # how long an example takes says what else the machine does
settings.load_profile("no clock")

LONG = ("chaos", "system", "docs", "browser", "engine_legacy")
"""Folders with the files that take longest; begun last, one of them would keep everybody waiting."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long files; within a folder everything stays as it is."""
    here = Path(__file__).parent

    def place(item: pytest.Item) -> int:
        folder = item.path.relative_to(here).parts[0]
        return LONG.index(folder) if folder in LONG else len(LONG)

    items.sort(key=place)


@pytest.fixture(scope="session")
def meeting_place(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return a folder that all processes of this session see."""
    folder = tmp_path_factory.getbasetemp()
    return folder if worker_id == "master" else folder.parent


@pytest.fixture(scope="session")
def mysql_server(meeting_place: Path) -> Iterator[MySqlServer]:
    """A MySQL server for all who leave it as it is: each makes a database of its own on it."""
    with shared_mysql(meeting_place, "mysql") as server:
        yield server


@pytest.fixture(scope="session")
def mysql_alone(meeting_place: Path) -> Iterator[Callable[[], AbstractContextManager[MySqlServer]]]:
    """Return what gives a second server to one test at a time, which may do to it what it likes."""
    with shared_mysql(meeting_place, "mysql-alone") as server:

        @contextmanager
        def alone() -> Iterator[MySqlServer]:
            with turn(meeting_place / "turn-of-mysql-alone"):
                yield server

        yield alone
