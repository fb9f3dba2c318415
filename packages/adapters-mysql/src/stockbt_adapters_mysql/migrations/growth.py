"""Expanding a table so that an upgrade that was cut off can be run again."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import CreateColumn, SchemaItem


def make(table: str, *parts: SchemaItem, **options: Any) -> None:
    """Create the table unless it is there."""
    if not sa.inspect(op.get_bind()).has_table(table):
        op.create_table(table, *parts, **options)


def grow(
    table: str,
    *,
    columns: Sequence[sa.Column[Any]] = (),
    indexes: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Add the columns and indexes that the table does not have yet.

    On MySQL all of them come in one statement: each statement there commits by itself, and what a
    crash left between two revisions is found again here.
    """
    bind = op.get_bind()
    known = {column["name"] for column in sa.inspect(bind).get_columns(table)}
    columns = [column for column in columns if column.name not in known]
    indexed = {index["name"] for index in sa.inspect(bind).get_indexes(table)}
    wanted = {name: of for name, of in (indexes or {}).items() if name not in indexed}
    if bind.dialect.name == "mysql":
        parts = [f"ADD COLUMN {CreateColumn(column).compile(dialect=bind.dialect)}" for column in columns]
        parts += [f"ADD INDEX {name} ({', '.join(of)})" for name, of in wanted.items()]
        if parts:
            op.execute(f"ALTER TABLE {table} {', '.join(parts)}")
        return
    for column in columns:
        op.add_column(table, column)
    for name, of in wanted.items():
        op.create_index(name, table, list(of))
