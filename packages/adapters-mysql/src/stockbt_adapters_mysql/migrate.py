"""Schema revisions: bringing a database to the newest one, and telling whether it is there."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from stockbt_domain.errors import StorageUnavailable

from .database import Database, connect, translated
from .schema import metadata

if TYPE_CHECKING:  # alembic is slow to import, and the worker never migrates
    from alembic.config import Config

PATIENCE_SECONDS = 600
"""How long one process waits for another one's migration, and for one statement."""


def upgrade(database: Database) -> None:
    """Bring the schema to the newest revision; one process at a time, the others find it done.

    Raises StorageUnavailable.
    """
    from alembic import command

    patient = connect(database.engine.url, read_timeout=PATIENCE_SECONDS)
    try:
        with patient.engine.execution_options(stockbt_writes=True).connect() as connection:
            config = _config(connection)
            with _alone(connection):
                command.upgrade(config, "head")
    except DBAPIError as error:
        raise translated(error) from error
    finally:
        patient.close()


def at_head(database: Database) -> bool:
    """Return whether the schema is at this program's revision. Raises StorageUnavailable."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    def work(connection: Connection) -> bool:
        head = ScriptDirectory.from_config(_config(connection)).get_current_head()
        return MigrationContext.configure(connection).get_current_revision() == head

    return database.read(work)


def check(database: Database) -> tuple[str, ...]:
    """Return every way in which the real schema differs from this program's, in words; empty for none.

    Raises StorageUnavailable.
    """
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    def work(connection: Connection) -> tuple[str, ...]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return tuple(str(difference) for difference in compare_metadata(context, metadata))

    return (*database.read(work), *database.read(_wrong_collations))


def _wrong_collations(connection: Connection) -> tuple[str, ...]:
    """Return the columns whose text compares in another way; alembic does not look at that."""
    if connection.dialect.name != "mysql":
        return ()
    query = text(
        "SELECT table_name, column_name, collation_name FROM information_schema.columns"
        " WHERE table_schema = DATABASE() AND collation_name IS NOT NULL"
    )
    differences = []
    for table_name, column_name, collation in connection.execute(query):
        table = metadata.tables.get(table_name)
        if table is not None and column_name in table.c:
            kind = table.c[column_name].type.dialect_impl(connection.dialect)
            wanted = getattr(getattr(kind, "impl", kind), "collation", None)
            if wanted is not None and wanted != collation:
                differences.append(f"{table_name}.{column_name} has the collation {collation}, not {wanted}")
    return tuple(differences)


def _config(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", f"{__package__}:migrations")
    config.attributes["connection"] = connection
    return config


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """Hold the lock of migrations: SQLite's write lock, or a named one, as MySQL commits each DDL."""
    if connection.dialect.name != "mysql":
        with connection.begin():
            yield
        return
    name = "stockbt." + hashlib.sha256(str(connection.engine.url.database).encode()).hexdigest()[:32]
    lock = text("SELECT GET_LOCK(:name, :wait)").bindparams(name=name, wait=PATIENCE_SECONDS // 2)
    if connection.execute(lock).scalar() != 1:
        raise StorageUnavailable("another process is migrating the database and does not end")
    connection.commit()
    try:
        yield
        connection.commit()
    finally:
        connection.rollback()
        connection.execute(text("SELECT RELEASE_LOCK(:name)").bindparams(name=name))
