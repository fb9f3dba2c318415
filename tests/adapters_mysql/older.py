"""Databases as older versions made, filled and wrote them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Table, and_, insert, inspect, make_url, select, update
from stockbt_adapters_mysql import migrate
from stockbt_adapters_mysql.database import Database, connect
from stockbt_adapters_mysql.datasets import SqlDatasets
from stockbt_adapters_mysql.presets import SqlPresets
from stockbt_adapters_mysql.runs import SqlRuns
from stockbt_adapters_mysql.schema import metadata
from stockbt_domain.presets import Preset
from stockbt_domain.testing.contracts import samples

PRICES = b"Date,Close\n1990-01-02,1\n"

Row = Mapping[str, Any]
Content = dict[str, list[Row]]
"""The rows of each table by its name."""
TABLES = sorted(metadata.sorted_tables, key=lambda table: table.name != "runs")
"""Runs first: earlier schemas refer to them where this one does not."""


def revisions() -> list[str]:
    """Return every revision, oldest first."""
    config = Config()
    config.set_main_option("script_location", f"{migrate.__package__}:migrations")
    found = ScriptDirectory.from_config(config).walk_revisions()
    return [script.revision for script in found][::-1]


def upgrade_to(database: Database, revision: str) -> None:
    """Bring a database to the schema that a version with this newest revision has."""
    writer = database.engine.execution_options(stockbt_writes=True)
    with writer.connect() as connection, migrate._alone(connection):
        command.upgrade(migrate._config(connection), revision)


def content(database: Database) -> Content:
    """Return all rows of all tables."""

    def work(connection: Connection) -> Content:
        return {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in metadata.sorted_tables
        }

    return database.read(work)


@dataclass(frozen=True, slots=True)
class Columns:
    """The tables and columns that a version knows; it reads and writes no others."""

    of: Mapping[str, frozenset[str]]

    @classmethod
    def now(cls, database: Database) -> "Columns":
        """Return what there is in the database now."""
        look = inspect(database.engine)
        names = look.get_table_names()
        return cls({name: frozenset(c["name"] for c in look.get_columns(name)) for name in names})

    def part(self, table: Table, row: Row) -> dict[str, Any]:
        """Return what the version knows of a row."""
        return {name: value for name, value in row.items() if name in self.of[table.name]}

    def fill(self, database: Database, rows: Content) -> None:
        """Insert the rows as this version would have."""

        def work(connection: Connection) -> None:
            for table in TABLES:
                for row in rows[table.name] if table.name in self.of else ():
                    connection.execute(insert(table).values(self.part(table, row)))

        database.write(work)

    def replay(self, database: Database, moments: Sequence[Content]) -> None:
        """Do what led from one moment to the next as this version would have: rows that are new are
        inserted, and the runs' rows compared and set."""
        for before, after in zip(({}, *moments), moments, strict=False):
            database.write(lambda c, before=before, after=after: self._step(c, before, after))  # type: ignore[misc]

    def _step(self, connection: Connection, before: Content, after: Content) -> None:
        for table in TABLES:
            if table.name not in self.of:
                continue
            keys = [column.name for column in table.primary_key]
            old = {tuple(row[k] for k in keys): row for row in before.get(table.name, ())}
            for row in after[table.name]:
                seen = old.get(tuple(row[k] for k in keys))
                mine = self.part(table, row)
                if seen is None:
                    connection.execute(insert(table).values(mine))
                elif seen != row:
                    guard = and_(*(table.c[k] == seen[k] for k in (*keys, "status", "attempt")))
                    assert connection.execute(update(table).where(guard).values(mine)).rowcount == 1


def lived_in(folder: Path) -> Content:
    """Return the rows of a database that was used: runs in every state, a dataset, a preset."""
    database = connect(make_url(f"sqlite:///{folder}/lived_in.sqlite3"))
    migrate.upgrade(database)
    runs = SqlRuns(database)
    for step in range(4):
        run = samples.a_run()
        runs.add(run, samples.first_event(run))
        if step:
            mine = samples.claimed(run)
            runs.save(run, mine, event=samples.an_event(run, mine), lease_seconds=60)
        if step == 2:
            after = samples.failed(mine)
            runs.save(mine, after, event=samples.an_event(mine, after))
        if step == 3:
            result = samples.a_result()
            after = samples.succeeded(mine, result)
            runs.save(mine, after, event=samples.an_event(mine, after), result=result)
    SqlDatasets(database).add(samples.a_dataset(PRICES), [PRICES])
    SqlPresets(database).add(Preset("one", "größer", {"rule_type": "RSI"}, samples.NEW_YEARS_EVE))
    rows = content(database)
    database.close()
    return rows


def life_of_a_run(folder: Path) -> list[Content]:
    """Return the rows after each step of one run: submitted, claimed, succeeded."""
    database = connect(make_url(f"sqlite:///{folder}/life.sqlite3"))
    migrate.upgrade(database)
    runs = SqlRuns(database)
    moments = []
    run = samples.a_run()
    runs.add(run, samples.first_event(run))
    moments.append(content(database))
    mine = samples.claimed(run)
    runs.save(run, mine, event=samples.an_event(run, mine), lease_seconds=60)
    moments.append(content(database))
    result = samples.a_result()
    after = samples.succeeded(mine, result)
    runs.save(mine, after, event=samples.an_event(mine, after), result=result)
    moments.append(content(database))
    database.close()
    return moments
