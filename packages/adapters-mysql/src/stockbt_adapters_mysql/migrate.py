"""Schema revisions: bringing a database to the newest one, and telling whether it is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from stockbt_domain.errors import StorageUnavailable

from .database import Database, connect, translated
from .leader import lock_name
from .schema import metadata

if TYPE_CHECKING:  # alembic is slow to import, and the worker never migrates
    from alembic.config import Config

PATIENCE_SECONDS = 600
"""How long one process waits for another one's migration, and for one statement."""


def upgrade(database: Database) -> None:
    """Bring the schema to the newest revision; one process at a time, the others find it done. A schema
    that a later version has brought further stays as it is.

    Raises StorageUnavailable.
    """
    from alembic import command

    patient = connect(database.engine.url, read_timeout=PATIENCE_SECONDS)
    try:
        with patient.engine.execution_options(stockbt_writes=True).connect() as connection:
            config = _config(connection)
            with _alone(connection):
                if not _is_ahead(connection):
                    command.upgrade(config, "head")
    except DBAPIError as error:
        raise translated(error) from error
    finally:
        patient.close()


def at_head(database: Database) -> bool:
    """Return whether this program can work on the schema: it is at the program's revision, or ahead of
    it, as revisions expand first and contract a version later. Raises StorageUnavailable."""
    from alembic.script import ScriptDirectory

    def work(connection: Connection) -> bool:
        head = ScriptDirectory.from_config(_config(connection)).get_current_head()
        return _revision(connection) == head or _is_ahead(connection)

    return database.read(work)


def not_ready(database: Database) -> str | None:
    """Return why the database cannot serve now, None when it can. Raises StorageUnavailable."""
    if at_head(database):
        return None
    return "The database is not at its schema's revision; run `stockbt db upgrade`."


def is_ahead(database: Database) -> bool:
    """Return whether a later version has brought the schema further. Raises StorageUnavailable."""
    return database.read(_is_ahead)


def _is_ahead(connection: Connection) -> bool:
    """Return whether the revision is unknown here: every program has all revisions before its own."""
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory.from_config(_config(connection)).walk_revisions()}
    revision = _revision(connection)
    return revision is not None and revision not in known


def _revision(connection: Connection) -> str | None:
    from alembic.runtime.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()


def check(database: Database) -> tuple[str, ...]:
    """Return each difference between the real schema and this program's, as alembic words it.

    Raises StorageUnavailable.
    """
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    def work(connection: Connection) -> tuple[str, ...]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return tuple(str(difference) for difference in compare_metadata(context, metadata))

    return (*database.read(work), *database.read(_unseen_differences))


_UNSEEN = {"collation": "collation", "precision": "fsp"}
"""What alembic does not compare, and the attribute of the type that has it."""


def _unseen_differences(connection: Connection) -> tuple[str, ...]:
    """Return the columns whose text compares in another way or whose times are cut: alembic does not
    look at collations and fractions of a second."""
    if connection.dialect.name != "mysql":
        return ()
    query = text(
        "SELECT table_name, column_name, collation_name, datetime_precision"
        " FROM information_schema.columns WHERE table_schema = DATABASE()"
    )
    differences = []
    for table_name, column_name, *real in connection.execute(query):
        table = metadata.tables.get(table_name)
        if table is None or column_name not in table.c:
            continue
        kind = table.c[column_name].type.dialect_impl(connection.dialect)
        kind = getattr(kind, "impl", kind)
        for name, attribute, found in zip(
            ("collation", "precision"), ("collation", "fsp"), real, strict=True
        ):
            wanted = getattr(kind, attribute, None)
            if wanted is not None and wanted != found:
                differences.append(f"{table_name}.{column_name} has the {name} {found}, not {wanted}")
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
    name = lock_name(connection)
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
