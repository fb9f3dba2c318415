"""One process at a time: a named lock of MySQL's, or a lock file beside SQLite's."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from stockbt_domain.errors import StorageUnavailable

from .database import Database, file_of, translated


def lock_name(connection: Connection, purpose: str = "") -> str:
    """Return the name of this database's lock: names are the server's, and have 64 characters at most."""
    digest = hashlib.sha256(str(connection.engine.url.database).encode()).hexdigest()[:32]
    return f"stockbt.{purpose}{digest}"


class DatabaseLeader:
    """Leads among all processes on one database; a lost connection or a killed process leads no more.

    Who loses the connection while leading is not told: acts under it must be safe without it too.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def hold(self) -> AbstractContextManager[bool]:
        """Enter at once, with whether this one leads. Raises StorageUnavailable."""
        return self._named() if self._database.on_mysql else self._beside_the_file()

    @contextmanager
    def _named(self) -> Iterator[bool]:
        try:
            connection = self._database.engine.connect()
        except (DBAPIError, PoolTimeout) as error:
            raise translated(error) from error
        with connection:
            try:
                name = lock_name(connection, "reconcile.")
                lock = text("SELECT GET_LOCK(:name, 0)").bindparams(name=name)
                leading = connection.execute(lock).scalar() == 1
                connection.commit()  # the lock is the session's; a pass holds no transaction open
            except DBAPIError as error:
                raise translated(error) from error
            try:
                yield leading
            finally:
                if leading:
                    _release(connection, name)

    @contextmanager
    def _beside_the_file(self) -> Iterator[bool]:
        path = f"{file_of(self._database.engine.url)}.leader"
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StorageUnavailable(f"the database's folder cannot be written: {error}") from error
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                leading = True
            except BlockingIOError:
                leading = False
            yield leading
        finally:
            os.close(descriptor)


def _release(connection: Connection, name: str) -> None:
    try:
        connection.execute(text("SELECT RELEASE_LOCK(:name)").bindparams(name=name))
        connection.commit()
    except DBAPIError:
        connection.invalidate()  # the server frees the lock with the session
