"""Connections: where the database is, how a session is set up, transactions, and driver errors."""

import json
import logging
import random
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool
from stockbt_domain.errors import BadConfiguration, StorageUnavailable

log = logging.getLogger(__name__)

T = TypeVar("T")

SESSION = (
    # The default REPEATABLE READ shows a stale row to a SELECT while a guarded UPDATE acts on the new one.
    "SET SESSION transaction_isolation = 'READ-COMMITTED', time_zone = '+00:00', sql_mode = 'TRADITIONAL', "
    # Below the read time-out, so that a lock conflict is heard as 1205 and not as silence.
    "innodb_lock_wait_timeout = 10"
)
DEADLOCK, LOCK_WAIT_TIMEOUT, NO_SUCH_TABLE = 1213, 1205, 1146
CANNOT_CONVERT_TEXT, INVALID_JSON = 3854, 3140
TRIES = 10
PATIENCE_SECONDS = 30.0


def database_url(env: Mapping[str, str]) -> URL:
    """Return the URL from DATABASE_URL, or from DB_HOST, DB_PORT, DB_NAME, DB_USER and DB_PASSWORD, or
    of the embedded SQLite file under STOCKBT_HOME.

    Raises BadConfiguration, which names the variable and never shows its value.
    """
    if env.get("DATABASE_URL"):
        return _from_url(env["DATABASE_URL"])
    if any(env.get(name) for name in ("DB_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PASSWORD")):
        return _from_parts(env)
    home = env.get("STOCKBT_HOME") or "~/.stockbt"
    try:
        folder = Path(home).expanduser().absolute()
    except RuntimeError as error:
        raise BadConfiguration("STOCKBT_HOME must be set: this user has no home folder") from error
    return URL.create("sqlite", database=str(folder / "stockbt.sqlite3"))


def _from_url(value: str) -> URL:
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        # The cause would print the URL, which holds a password.
        raise BadConfiguration(
            "DATABASE_URL is not a URL such as mysql://user:password@host:3306/name"
        ) from None
    if url.drivername in ("mysql", "mysql+pymysql"):
        if not url.host or not url.database:
            raise BadConfiguration(
                "DATABASE_URL must name host and database: mysql://user:password@host/name"
            )
        return url.set(drivername="mysql+pymysql")
    if url.drivername in ("sqlite", "sqlite+pysqlite"):
        if not url.database or url.database == ":memory:":
            raise BadConfiguration("DATABASE_URL must name SQLite's file: sqlite:////folder/stockbt.sqlite3")
        return url.set(drivername="sqlite")
    raise BadConfiguration(f"DATABASE_URL begins with {url.drivername}; there are mysql and sqlite")


def _from_parts(env: Mapping[str, str]) -> URL:
    for name in ("DB_HOST", "DB_NAME", "DB_USER"):
        if not env.get(name):
            raise BadConfiguration(f"{name} must be set, because another DB_ variable is")
    port = env.get("DB_PORT") or "3306"
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise BadConfiguration("DB_PORT must be a number from 1 to 65535")
    return URL.create(
        "mysql+pymysql",
        username=env["DB_USER"],
        password=env.get("DB_PASSWORD", ""),
        host=env["DB_HOST"],
        port=int(port),
        database=env["DB_NAME"],
    )


@dataclass(frozen=True, slots=True, eq=False)
class Database:
    """A pool of connections and the two ways to use it."""

    engine: Engine

    @property
    def on_mysql(self) -> bool:
        """True on MySQL, False on SQLite."""
        return self.engine.dialect.name == "mysql"

    def read(self, work: Callable[[Connection], T]) -> T:
        """Return what `work` reads in one transaction. Raises StorageUnavailable."""
        try:
            with self.engine.connect() as connection:
                return work(connection)
        except (DBAPIError, PoolTimeout) as error:
            raise translated(error) from error

    def write(self, work: Callable[[Connection], T]) -> T:
        """Commit what `work` does and return its value; nothing is left of it when it raises.

        `work` runs again, as a whole and in a new transaction, after a deadlock or a lock time-out, so
        it may have no other effect. Raises StorageUnavailable, which leaves open whether a commit that
        was under way took place; IntegrityError passes.
        """
        writer = self.engine.execution_options(stockbt_writes=True)
        deadline = time.monotonic() + PATIENCE_SECONDS
        for attempt in range(1, TRIES + 1):
            try:
                with writer.begin() as connection:
                    return work(connection)
            except (DBAPIError, PoolTimeout) as error:
                if not lost_a_race(error) or attempt == TRIES or time.monotonic() > deadline:
                    raise translated(error) from error
                log.info("transaction is tried again", extra={"attempt": attempt})
            time.sleep(random.uniform(0, min(1.0, 0.01 * 2**attempt)))
        raise AssertionError("unreachable")  # pragma: no cover

    def connections(self) -> Mapping[str, int]:
        """Return how many connections of this process's pool are in_use and idle; none without a pool."""
        pool = self.engine.pool
        return {"in_use": pool.checkedout(), "idle": pool.checkedin()} if isinstance(pool, QueuePool) else {}

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def connect(url: URL, *, read_timeout: float = 30.0) -> Database:
    """Return the database at `url`; the first use opens a connection. Raises StorageUnavailable when
    SQLite's folder cannot be made."""
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    engine = create_engine(
        url,
        pool_pre_ping=True,
        pool_recycle=1800,
        pool_timeout=10,
        json_serializer=_json,
        connect_args={
            "charset": "utf8mb4",
            "init_command": SESSION,
            "connect_timeout": 5,
            "read_timeout": read_timeout,
            "write_timeout": read_timeout,
        },
    )
    return Database(engine)


def file_of(url: URL) -> Path:
    """Return the path of SQLite's file, which may be named by a URI too: file:/folder/x.db?uri=true."""
    return Path((url.database or "").removeprefix("file:")).absolute()


def _sqlite(url: URL) -> Database:
    folder = file_of(url).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageUnavailable(f"the folder {folder} for the database cannot be made: {error}") from error
    engine = create_engine(url, json_serializer=_json, pool_timeout=10, connect_args={"timeout": 10.0})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return Database(engine)


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin in _begin_sqlite and nowhere else
    connection.execute("PRAGMA foreign_keys = ON")
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        if not _is_busy(error):
            raise
        # Another process is setting the same mode of the same new file.


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that turns into a writer fails at once where another one writes.
    writes = connection.get_execution_options().get("stockbt_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def lost_a_race(error: Exception) -> bool:
    """Return whether the transaction may succeed when it is tried again as a whole."""
    cause = getattr(error, "orig", None)
    if isinstance(cause, sqlite3.OperationalError):
        return _is_busy(cause)
    return number_of(error) in (DEADLOCK, LOCK_WAIT_TIMEOUT)


def _is_busy(error: sqlite3.OperationalError) -> bool:
    return _primary(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _primary(error: sqlite3.Error) -> int:
    # Errors that Python raises itself have no code of SQLite's.
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def number_of(error: Exception) -> int:
    """Return MySQL's number of a driver's error, 0 where it has none."""
    arguments = getattr(getattr(error, "orig", None), "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else 0


_SENTENCES_OF_SQLITE = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "the database file is read-only",
    sqlite3.SQLITE_CANTOPEN: "the database file cannot be opened",
    sqlite3.SQLITE_IOERR: "the disk failed",
    sqlite3.SQLITE_BUSY: "another process holds the database file",
    sqlite3.SQLITE_CORRUPT: "the database file is damaged",
    sqlite3.SQLITE_NOTADB: "the file is not a database",
}
_SENTENCES_OF_MYSQL = {
    1021: "the database server's disk is full",
    1114: "the database server has no room left",
    1040: "the database server has too many connections",
    1044: "this user may not use the database",
    1045: "the database server refused user or password",
    1049: "there is no such database on the server",
    1142: "this user may not change or read that table of the database",
    1290: "the database server is read-only",
    1792: "the database server is read-only",
    1836: "the database server is read-only",
    2003: "the database server cannot be reached",
    2006: "the connection to the database was lost",
    2013: "the connection to the database was lost",
    DEADLOCK: "other transactions kept winning the lock",
    LOCK_WAIT_TIMEOUT: "another transaction held the lock for too long",
}


def translated(error: Exception) -> Exception:
    """Return StorageUnavailable for a database that cannot work now, and the error itself where the
    fault is ours: a broken constraint, a value that does not fit, a wrong statement."""
    cause = getattr(error, "orig", None)
    if number_of(error) == NO_SUCH_TABLE or "no such table" in str(cause):
        return StorageUnavailable("the database has no tables yet: run `stockbt db upgrade`")
    if isinstance(error, (IntegrityError, DataError, ProgrammingError)):
        return error
    if number_of(error) in (CANNOT_CONVERT_TEXT, INVALID_JSON):
        return error
    if isinstance(error, PoolTimeout):
        return StorageUnavailable("every connection to the database is in use")
    if isinstance(cause, sqlite3.Error):
        return StorageUnavailable(_SENTENCES_OF_SQLITE.get(_primary(cause), f"the database failed: {cause}"))
    number = number_of(error)
    return StorageUnavailable(_SENTENCES_OF_MYSQL.get(number, f"the database failed with error {number}"))
