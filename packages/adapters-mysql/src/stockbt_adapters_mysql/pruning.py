"""Old runs and expired idempotency keys, found and deleted in SQL."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, delete, func, or_, select
from stockbt_domain.run import Status

from .schema import idempotency_keys, run_figures, run_notes, run_results, run_tags, runs

Position = tuple[datetime, str]
"""Where a batch ended: the last run's time of creation, and its id."""

_ENDED = (Status.SUCCEEDED.value, Status.FAILED.value)


@dataclass(frozen=True, slots=True)
class Found:
    """The ids of one batch, and the position of its last run where there are more."""

    run_ids: tuple[str, ...]
    last: Position | None

    @property
    def count(self) -> int:
        """Return how many runs the batch has."""
        return len(self.run_ids)


def prunable(
    connection: Connection, ended_before: datetime, limit: int, after: Position | None, *, lock: bool = False
) -> Found:
    """Return the next runs that ended before then and that no run names, oldest first."""
    again = runs.alias("again")
    named = or_(
        select(again.c.run_id).where(again.c.reproduces == runs.c.run_id).exists(),
        select(again.c.run_id).where(again.c.reuses == runs.c.run_id).exists(),
    )
    query = (
        select(runs.c.created_at, runs.c.run_id)
        .where(
            # A run is created before it ends: this bounds the range of the index that is read.
            runs.c.created_at < ended_before,
            runs.c.completed_at < ended_before,
            runs.c.status.in_(_ENDED),
            ~named,
        )
        .order_by(runs.c.created_at, runs.c.run_id)
        .limit(limit + 1)
    )
    if after is not None:
        created_at, run_id = after
        later = or_(runs.c.created_at > created_at, runs.c.run_id > run_id)
        query = query.where(and_(runs.c.created_at >= created_at, later))
    if lock:
        query = query.with_for_update(of=runs)
    rows = connection.execute(query).all()
    part = rows[:limit]
    more = len(rows) > len(part)
    return Found(tuple(row.run_id for row in part), (part[-1].created_at, part[-1].run_id) if more else None)


def delete_runs(connection: Connection, ended_before: datetime, limit: int, after: Position | None) -> Found:
    """Delete the next batch with results and keys; the events stay, as nothing else tells of the run."""
    found = prunable(connection, ended_before, limit, after, lock=True)
    # Who reuses a result holds its run until the commit: what was named while we waited shows now.
    named = connection.execute(select(runs.c.reuses).where(runs.c.reuses.in_(found.run_ids))).scalars()
    found = Found(tuple(sorted(set(found.run_ids) - set(named))), found.last)
    for table in (idempotency_keys, run_results, run_figures, run_tags, run_notes, runs):
        connection.execute(delete(table).where(table.c.run_id.in_(found.run_ids)))
    return found


def count_keys(connection: Connection, before: datetime) -> int:
    """Return how many idempotency keys came before then."""
    query = select(func.count()).select_from(idempotency_keys).where(idempotency_keys.c.at < before)
    return connection.execute(query).scalar_one()


def delete_keys(connection: Connection, before: datetime, limit: int) -> int:
    """Delete up to `limit` idempotency keys that came before then and return how many."""
    keys = idempotency_keys.c
    query = select(keys.key_hash).where(keys.at < before).limit(limit).with_for_update(skip_locked=True)
    found = connection.execute(query).scalars().all()
    connection.execute(delete(idempotency_keys).where(keys.key_hash.in_(found)))
    return len(found)
