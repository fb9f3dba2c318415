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
    """Return those of the next `limit` runs that ended before then that no run names, oldest first."""
    query = (
        select(runs.c.created_at, runs.c.run_id)
        .where(
            # A run is created before it ends: this bounds the range of the index that is read.
            runs.c.created_at < ended_before,
            runs.c.completed_at < ended_before,
            runs.c.status.in_(_ENDED),
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
    # Asked after the lock: who reuses a result holds its run until the commit, and shows now. Asked for
    # these few alone: as a condition of the query above, MySQL reads two whole indexes for it.
    named = _named(connection, [row.run_id for row in part])
    free = tuple(row.run_id for row in part if row.run_id not in named)
    return Found(free, (part[-1].created_at, part[-1].run_id) if more else None)


def _named(connection: Connection, run_ids: list[str]) -> set[str]:
    """Return those of the runs that another one names."""
    names = (runs.c.reproduces, runs.c.reuses)
    return {
        run_id
        for name in names
        for run_id in connection.execute(select(name).where(name.in_(run_ids))).scalars()
    }


def delete_runs(connection: Connection, ended_before: datetime, limit: int, after: Position | None) -> Found:
    """Delete the next batch with results and keys; the events stay, as nothing else tells of the run."""
    found = prunable(connection, ended_before, limit, after, lock=True)
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
