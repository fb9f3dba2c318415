"""Databases to test on: a new SQLite file each, and one real MySQL server for the whole session."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, make_url
from stockbt_adapters_mysql.database import Database, connect
from stockbt_adapters_mysql.migrate import upgrade
from stockbt_adapters_mysql.schema import metadata

from tests.mysql_server import MySqlServer


@pytest.fixture(scope="session")
def migrated_mysql(mysql_server: MySqlServer) -> Iterator[Database]:
    """A database with every table."""
    database = connect(mysql_server.new_database("tables"))
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
def empty_mysql(mysql_server: MySqlServer) -> Iterator[Database]:
    """A MySQL database of its own without any table."""
    url = mysql_server.new_database("blank")
    database = connect(url)
    yield database
    database.close()
    mysql_server.drop(url)


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
