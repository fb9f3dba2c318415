"""What stands beside a run in lists: tags, note, the figures to sort by and the sparkline."""

import sys
from array import array
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from stockbt_domain.annotations import Annotation
from stockbt_domain.errors import RunNotFound
from stockbt_domain.figures import SORTED_FIGURES
from stockbt_domain.messages import Message
from stockbt_domain.run import Run, Status

from .schema import run_figures, run_notes, run_tags, runs

MOST_DERIVED = 4
"""Spark lines that one request derives from whole equity curves, which versions before did not keep."""


def annotate(connection: Connection, run_id: str, annotation: Annotation) -> None:
    """Replace a run's tags and note. Raises RunNotFound."""
    query = select(runs.c.created_at).where(runs.c.run_id == run_id).with_for_update()
    created_at = connection.execute(query).scalar()
    if created_at is None:
        raise RunNotFound(Message("NO_RUN", run_id=run_id))
    for table in (run_tags, run_notes):
        connection.execute(delete(table).where(table.c.run_id == run_id))
    if annotation.tags:
        rows = [{"tag": tag, "created_at": created_at, "run_id": run_id} for tag in annotation.tags]
        connection.execute(insert(run_tags), rows)
    if annotation.note:
        connection.execute(insert(run_notes).values(run_id=run_id, note=annotation.note))


def annotations(connection: Connection, run_ids: Collection[str]) -> dict[str, Annotation]:
    """Return what is written on these runs."""
    tags: dict[str, list[str]] = {}
    tagged = select(run_tags.c.run_id, run_tags.c.tag).where(run_tags.c.run_id.in_(run_ids))
    for row in connection.execute(tagged):
        tags.setdefault(row.run_id, []).append(row.tag)
    noted = select(run_notes.c.run_id, run_notes.c.note).where(run_notes.c.run_id.in_(run_ids))
    notes = {row.run_id: row.note for row in connection.execute(noted)}
    return {
        run_id: Annotation(tuple(sorted(tags.get(run_id, ()))), notes.get(run_id, ""))
        for run_id in {*tags, *notes}
    }


def keep(connection: Connection, run: Run, spark: tuple[float, ...] | None) -> None:
    """Store the figures of a run's result and its sparkline, in place of those that there were."""
    values: dict[str, Any] = {name: run.end.metrics.get(name) for name in SORTED_FIGURES.values()}
    values["spark"] = None if spark is None else _packed(spark)
    change = update(run_figures).values(values).where(run_figures.c.run_id == run.run_id)
    known = select(run_figures.c.run_id).where(run_figures.c.run_id == run.run_id)
    if connection.execute(known).first() is None:
        connection.execute(insert(run_figures).values(run_id=run.run_id, **values))
    else:
        connection.execute(change)


def keep_copy(connection: Connection, run: Run) -> None:
    """Store the figures of a run that reuses another's result, with the other's sparkline."""
    query = select(run_figures.c.spark).where(run_figures.c.run_id == run.reuses)
    block = connection.execute(query).scalar()
    keep(connection, run, None if block is None else _unpacked(block))


def sparklines(
    connection: Connection, run_ids: Collection[str]
) -> tuple[dict[str, tuple[float, ...]], list[str]]:
    """Return the sparklines of these runs, and a few of those whose result has none yet."""
    query = (
        select(runs.c.run_id, run_figures.c.spark)
        .outerjoin(run_figures, run_figures.c.run_id == runs.c.run_id)
        .where(runs.c.run_id.in_(run_ids), runs.c.status == Status.SUCCEEDED.value)
    )
    rows = connection.execute(query).all()
    missing = [row.run_id for row in rows if row.spark is None]
    return {row.run_id: _unpacked(row.spark) for row in rows if row.spark is not None}, missing[:MOST_DERIVED]


def _packed(spark: tuple[float, ...]) -> bytes:
    values = array("f", spark)
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()


def _unpacked(block: bytes) -> tuple[float, ...]:
    values = array("f", block)
    if sys.byteorder == "big":
        values.byteswap()
    return tuple(values)
