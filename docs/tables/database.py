"""The database contract, from the tables, the revisions and the accounts as they are defined."""

import re
from pathlib import Path

import yaml
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Column, ForeignKeyConstraint, Index, Table, UniqueConstraint
from sqlalchemy.dialects import mysql
from stockbt_adapters_mysql.schema import metadata
from stockbt_domain.figures import BY_NAME

from .markdown import code, codes, table
from .meanings import COLUMNS, RUN, TABLES

SECRETS = Path(__file__).parents[2] / "k8s" / "base" / "secret-template.yaml"
_GRANT = re.compile(r"GRANT (?P<rights>.+) ON stockbt\.\* TO '(?P<account>\w+)'")
_WHO = {
    "migration": "`stockbt db upgrade`",
    "web": "web, and whatever an operator calls in its pod",
    "worker": "workers: no row can be deleted by one",
}


def tables() -> str:
    """Return a section for each table, in the order of the schema."""
    return "\n\n".join(_section(each) for each in metadata.tables.values())


def revisions() -> str:
    """Return the table of the schema's revisions, oldest first."""
    config = Config()
    config.set_main_option("script_location", "stockbt_adapters_mysql:migrations")
    scripts = reversed(list(ScriptDirectory.from_config(config).walk_revisions()))
    rows = [(code(script.revision), (script.doc or "").splitlines()[0]) for script in scripts]
    return table(("revision", "what it brought"), rows)


def rights() -> str:
    """Return the table of the database's accounts in a cluster, from the Secrets' template."""
    secrets = {s["metadata"]["name"]: s["stringData"] for s in yaml.safe_load_all(SECRETS.read_text())}
    found = _GRANT.finditer(secrets["stockbt-mysql"]["accounts.sql"])
    rows = [(code(g["account"]), g["rights"], _WHO[g["account"]]) for g in found]
    return table(("account", "rights on the database `stockbt`", "whose"), rows)


def meaning(column: Column[object]) -> str:
    """Return what a column means. Raises KeyError for one that nobody has described."""
    name = f"{column.table.name}.{column.name}"
    if column.name == "run_id" and column.table.name != "runs":
        return "the run"
    if name in COLUMNS:
        return COLUMNS[name]
    if column.name in BY_NAME:
        return f"the figure `{column.name}`"
    return RUN[column.name]


def _section(each: Table) -> str:
    columns = [(code(c.name), _kind(c), "yes" if c.nullable else "", meaning(c)) for c in each.columns]
    parts = [
        f"#### {code(each.name)}",
        f"{TABLES[each.name][0].upper()}{TABLES[each.name][1:]}.",
        table(("column", "type", "null", "meaning"), columns),
        _keys(each),
    ]
    return "\n\n".join(parts)


def _kind(column: Column[object]) -> str:
    kind = str(column.type.compile(dialect=mysql.dialect()))
    for noise in (" CHARACTER SET ascii", " COLLATE ascii_bin", " COLLATE utf8mb4_0900_bin"):
        kind = kind.replace(noise, "")
    ascii_text = "ascii" in str(column.type.compile(dialect=mysql.dialect()))
    return f"{kind} ascii" if ascii_text else kind.replace("BOOL", "BOOLEAN")


def _keys(each: Table) -> str:
    keys = [f"Primary key: {codes(c.name for c in each.primary_key)}."]
    for constraint in sorted(each.constraints, key=str):
        if isinstance(constraint, UniqueConstraint):
            keys.append(f"Unique: {codes(c.name for c in constraint.columns)}.")
        if isinstance(constraint, ForeignKeyConstraint):
            (element,) = constraint.elements
            keys.append(f"{code(element.parent.name)} is one of {code(element.target_fullname)}.")
    indexes: list[Index] = sorted(each.indexes, key=lambda index: str(index.name))
    if indexes:
        named = "; ".join(f"{code(i.name)} ({', '.join(c.name for c in i.columns)})" for i in indexes)
        keys.append(f"Indexes: {named}.")
    return " ".join(keys)
