"""The chain of a run's events, in SQL."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, insert, select
from stockbt_domain.event_log import chained
from stockbt_domain.run import Run, RunEvent, Status

from .schema import run_events


def append(connection: Connection, run: Run, event: RunEvent, *, first: bool = False) -> None:
    """Append the event; the caller's change of the run's row keeps every other writer out."""
    last = select(run_events.c.seq, run_events.c.hash, run_events.c.at)
    last = last.where(run_events.c.run_id == run.run_id)
    row = None if first else connection.execute(last.order_by(run_events.c.seq.desc()).limit(1)).first()
    seq, previous = (0, "") if row is None else (row.seq + 1, row.hash)
    event = event if row is None else _in_order(event, row.at)
    result_hash = run.end.result_hash if event.to_status is Status.SUCCEEDED else None
    linked = chained(event, run_id=run.run_id, previous=previous, result_hash=result_hash)
    connection.execute(
        insert(run_events).values(
            run_id=run.run_id,
            seq=seq,
            from_status=None if linked.from_status is None else linked.from_status.value,
            to_status=linked.to_status.value,
            at=linked.at,
            attempt=linked.attempt,
            actor=linked.actor,
            reason=linked.reason,
            hash=linked.hash,
        )
    )


def _in_order(event: RunEvent, previous: datetime) -> RunEvent:
    """Return the event, never earlier than the one before: no two clocks agree to the microsecond."""
    return replace(event, at=max(event.at, previous))
