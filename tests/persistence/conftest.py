"""Databases to test on: a new SQLite file each, and one real MySQL server for the whole session."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, make_url, text
from stockbt_adapters_mysql.database import Database, connect
from stockbt_adapters_mysql.migrate import upgrade
from stockbt_adapters_mysql.schema import metadata

from tests.mysql_server import url_of

if TYPE_CHECKING:
    from testcontainers.community.mysql import MySqlContainer


@pytest.fixture(scope="session")
def migrated_mysql(mysql_server: "MySqlContainer") -> Iterator[Database]:
    """The server's database with every table."""
    database = connect(url_of(mysql_server))
    upgrade(database)
    yield database
    database.close()


@pytest.fixture
def mysql(migrated_mysql: Database) -> Database:
    """MySQL with every table empty."""

    def empty(connection: Connection) -> None:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())

    migrated_mysql.write(empty)
    return migrated_mysql


@pytest.fixture
def empty_mysql(mysql_server: "MySqlContainer") -> Iterator[Database]:
    """A MySQL database of its own without any table."""
    root = connect(url_of(mysql_server).set(username="root", password=mysql_server.root_password))
    root.write(lambda c: c.execute(text("CREATE DATABASE blank")).close())
    root.write(lambda c: c.execute(text("GRANT ALL ON blank.* TO stockbt")).close())
    database = connect(url_of(mysql_server).set(database="blank"))
    yield database
    database.close()
    root.write(lambda c: c.execute(text("DROP DATABASE blank")).close())
    root.close()


@pytest.fixture
def empty_sqlite(tmp_path: Path) -> Iterator[Database]:
    """A SQLite file that is not there yet."""
    database = connect(make_url(f"sqlite:///{tmp_path}/home/stockbt.sqlite3"))
    yield database
    database.close()


@pytest.fixture
def sqlite(empty_sqlite: Database) -> Database:
    """A new SQLite file with every table."""
    upgrade(empty_sqlite)
    return empty_sqlite


@pytest.fixture(params=["sqlite", pytest.param("mysql", marks=pytest.mark.docker)])
def database(request: pytest.FixtureRequest) -> Database:
    """Each database in turn, with every table empty."""
    found: Database = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=["empty_sqlite", pytest.param("empty_mysql", marks=pytest.mark.docker)])
def empty_database(request: pytest.FixtureRequest) -> Database:
    """Each database in turn, without a table."""
    found: Database = request.getfixturevalue(request.param)
    return found
