"""The line for slots, and runs that answer from an identical one's result, in SQL."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, literal, or_, select, update
from sqlalchemy.dialects import mysql
from stockbt_domain.reuse import may_answer
from stockbt_domain.run import OPEN, Run, Status

from .rows import RUN, changes_of, run_of
from .schema import runs, turns

ADMISSION, REUSE = "admission", "reuse"
"""Turns, in the order in which a transaction takes both: REUSE first."""

_ENDED = (Status.SUCCEEDED, Status.FAILED)


def take_turn(connection: Connection, name: str) -> None:
    """Wait for every other transaction that decides under this name; SQLite has one writer anyway."""
    if connection.dialect.name == "mysql":
        # Locks the row, and makes it where it is not there yet.
        row = mysql.insert(turns).values(name=name)
        connection.execute(row.on_duplicate_key_update(name=row.inserted.name))


def source_of(connection: Connection, run: Run) -> Run | None:
    """Return the newest run whose result is this one's too, kept from being deleted until the commit."""
    found = (
        select(*RUN)
        .where(
            runs.c.run_key == run.run_key,
            runs.c.status == Status.SUCCEEDED,
            runs.c.reuses.is_(None),
            or_(runs.c.verdict.is_(None), runs.c.verdict != "different"),
        )
        .order_by(runs.c.created_at.desc())
        .limit(1)
        .with_for_update(read=True)
    )
    row = connection.execute(found).first()
    return None if row is None else run_of(row)


def awaited_by(connection: Connection, waiting: Run) -> Run | None:
    """Return the run that this one waits for if it has a result for it, kept from being deleted."""
    found = select(*RUN).where(runs.c.run_id == waiting.place.waits_for).with_for_update(read=True)
    row = connection.execute(found).first()
    source = None if row is None else run_of(row)
    return source if source is not None and may_answer(source, waiting) else None


def same_under_way(connection: Connection, run: Run) -> str | None:
    """Return the oldest identical open run that waits for no other; it gets the better place of both."""
    found = (
        select(runs.c.run_id, runs.c.queue_at)
        .where(runs.c.run_key == run.run_key, runs.c.status.in_(OPEN), runs.c.waits_for.is_(None))
        .order_by(runs.c.created_at, runs.c.run_id)
        .limit(1)
    )
    first = connection.execute(found).first()
    if first is None:
        return None
    if first.queue_at is not None and run.place.queue_at is not None and run.place.queue_at < first.queue_at:
        better = update(runs).where(runs.c.run_id == first.run_id, runs.c.queue_at > run.place.queue_at)
        connection.execute(better.values(queue_at=run.place.queue_at))
    return str(first.run_id)


def may_start(connection: Connection, run: Run, max_active: int | None) -> bool:
    """Return whether a new run in the queue gets a slot at once: there is one, and nobody is before it."""
    if max_active is not None:
        take_turn(connection, ADMISSION)
        if _holders(connection, run.launcher) >= max_active:
            return False
    at = runs.c.queue_at
    before = and_(at <= run.place.queue_at, or_(at < run.place.queue_at, runs.c.run_id < run.run_id))
    found = select(literal(1)).where(before, _queued(run.launcher)).limit(1)
    return connection.execute(found).first() is None


def someone_waits(connection: Connection, launcher: str) -> bool:
    """Return whether anybody is in the queue."""
    return connection.execute(select(literal(1)).where(_queued(launcher)).limit(1)).first() is not None


def admit(connection: Connection, launcher: str, max_active: int | None, at: datetime) -> Run | None:
    """Give a slot to the first in the queue and return it; None without a slot or anybody in the queue."""
    if max_active is not None:
        take_turn(connection, ADMISSION)
        if _holders(connection, launcher) >= max_active:
            return None
    first = select(*RUN).where(_queued(launcher)).order_by(runs.c.queue_at, runs.c.run_id).limit(1)
    row = connection.execute(first.with_for_update()).first()
    if row is None:
        return None
    before = run_of(row)
    after = before.launched(at=at)
    change = update(runs).where(runs.c.run_id == before.run_id)
    connection.execute(change.values(changes_of(before, after, transition=False)))
    return after


def release(connection: Connection, run_ids: Collection[str]) -> None:
    """Take the slots back of those runs that have ended."""
    ended = and_(runs.c.run_id.in_(run_ids), runs.c.status.in_(_ENDED))
    connection.execute(update(runs).where(ended).values(holds_slot=False))


def winding_down(connection: Connection) -> tuple[Run, ...]:
    """Return every ended run with a slot."""
    found = select(*RUN).where(runs.c.holds_slot == literal(True), runs.c.status.in_(_ENDED))
    return tuple(run_of(row) for row in connection.execute(found))


def waiting_for(connection: Connection, run_id: str) -> tuple[Run, ...]:
    """Return the PENDING runs that wait for this one, oldest first."""
    found = select(*RUN).where(runs.c.waits_for == run_id, runs.c.status == Status.PENDING)
    rows = connection.execute(found.order_by(runs.c.created_at, runs.c.run_id))
    return tuple(run_of(row) for row in rows)


def _holders(connection: Connection, launcher: str) -> int:
    held = and_(runs.c.holds_slot == literal(True), runs.c.launcher == launcher)
    return connection.execute(select(func.count()).select_from(runs).where(held)).scalar_one()


def _queued(launcher: str) -> ColumnElement[bool]:
    return and_(runs.c.queue_at.is_not(None), runs.c.launcher == launcher, runs.c.status.in_(OPEN))
