"""Runs, their events and results, in SQL."""

import hashlib
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    func,
    insert,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError
from stockbt_domain.annotations import Annotation
from stockbt_domain.errors import (
    IdempotencyConflict,
    NoResult,
    ResultCorrupted,
    RunAlreadyExists,
    RunNotFound,
    Superseded,
)
from stockbt_domain.idempotency import IDEMPOTENCY_LIFE, IdempotencyKey
from stockbt_domain.messages import Message
from stockbt_domain.open_runs import Backlog, OpenRun
from stockbt_domain.ports import Batch, Page
from stockbt_domain.result import RESULT_TABLES, Columns, Result
from stockbt_domain.reuse import answered
from stockbt_domain.run import OPEN, Run, RunEvent, Status
from stockbt_domain.run_query import RunQuery
from stockbt_domain.sparkline import sparkline_of

from . import list_columns, queue, run_list
from .codec import decoded, encoded
from .database import Database
from .event_log import append
from .pruning import count_keys, delete_keys, delete_runs, prunable
from .rows import RUN, as_noted, caveats_of, changes_of, row_of, run_of
from .run_list import cursor_of, position
from .schema import idempotency_keys, run_events, run_results, runs

_RESULT_OF_RUN = run_results.c.run_id == func.coalesce(runs.c.reuses, runs.c.run_id)


class SqlRuns:
    """The run repository on MySQL or SQLite; the database's clock is the only one for leases."""

    def __init__(self, database: Database) -> None:
        self._database = database
        mysql = database.on_mysql
        self._now: ColumnElement[datetime] = literal_column(
            "UTC_TIMESTAMP(6)" if mysql else "strftime('%Y-%m-%d %H:%M:%f000', 'now')"
        )
        self._lease = text(
            "UTC_TIMESTAMP(6) + INTERVAL :lease_micros MICROSECOND"
            if mysql
            # SQLite counts milliseconds; the zeros keep the form of its other times.
            else "strftime('%Y-%m-%d %H:%M:%f000', 'now', (:lease_micros / 1e6) || ' seconds')"
        )

    def add(
        self,
        run: Run,
        event: RunEvent,
        *,
        idempotency: IdempotencyKey | None = None,
        max_active: int | None = None,
    ) -> Run:
        """Store a new run with its first event, or return the one that the key named before."""

        def work(connection: Connection) -> Run:
            return _add(connection, run, event, idempotency, max_active)

        try:
            return self._database.write(work)
        except IntegrityError as error:
            if self._database.read(lambda c: _find(c, run.run_id)) is not None:
                raise RunAlreadyExists(f"run {run.run_id} is stored already") from error
        # Another submission took the key between our look and our insert: now the look finds it.
        return self._database.write(work)

    def admit(self, launcher: str, *, max_active: int | None, at: datetime) -> Run | None:
        """Give a slot to the first in the queue and return it; None where there is neither."""
        if not self._database.read(lambda c: queue.someone_waits(c, launcher)):
            return None  # seen without a lock: most passes find nobody
        return self._database.write(lambda c: queue.admit(c, launcher, max_active, at))

    def release(self, run_ids: Collection[str]) -> None:
        """Take the slots of ended runs back."""
        self._database.write(lambda c: queue.release(c, run_ids))

    def winding_down(self) -> tuple[Run, ...]:
        """Return every ended run that still holds a slot."""
        return self._database.read(queue.winding_down)

    def waiting_for(self, run_id: str) -> tuple[Run, ...]:
        """Return the runs that wait for the result of `run_id`, oldest first."""
        return self._database.read(lambda c: queue.waiting_for(c, run_id))

    def answer(self, waiting: Run, *, at: datetime, actor: str) -> Run:
        """End a waiting run with the result that it waits for. Raises NoResult, Superseded."""

        def work(connection: Connection) -> Run:
            source = queue.awaited_by(connection, waiting)
            if source is None:
                raise NoResult(f"run {waiting.place.waits_for} has no result for run {waiting.run_id}")
            after, events = answered(waiting, source, at=at, actor=actor)
            self._replace(connection, waiting, after, None, note=True)
            for event in events:
                append(connection, after, event)
            list_columns.keep_copy(connection, after)
            return after

        return self._database.write(work)

    def get(self, run_id: str) -> Run:
        """Return the run. Raises RunNotFound."""
        run = self._database.read(lambda c: _find(c, run_id))
        if run is None:
            raise _not_found(run_id)
        return run

    def result(self, run_id: str) -> Result:
        """Return the result of a succeeded run. Raises RunNotFound, NoResult, ResultCorrupted."""
        query = (
            select(runs.c.status, runs.c.metrics_json, runs.c.warnings_json, run_results)
            .outerjoin(run_results, _RESULT_OF_RUN)
            .where(runs.c.run_id == run_id)
        )
        row = self._database.read(lambda c: c.execute(query).mappings().first())
        if row is None:
            raise _not_found(run_id)
        if row["equity_curve"] is None:
            raise NoResult(Message("NO_RESULT_YET", run_id=run_id, status=row["status"]))
        with _readable(run_id):
            return Result(
                metrics=row["metrics_json"],
                warnings=caveats_of(row["warnings_json"]),
                **{name: decoded(row[name]) for name in RESULT_TABLES},
            )

    def table(self, run_id: str, name: str) -> Columns:
        """Return one table of the result. Raises RunNotFound, NoResult, ResultCorrupted."""
        query = (
            select(runs.c.status, run_results.c[name].label("block"))
            .outerjoin(run_results, _RESULT_OF_RUN)
            .where(runs.c.run_id == run_id)
        )
        row = self._database.read(lambda c: c.execute(query).mappings().first())
        if row is None:
            raise _not_found(run_id)
        if row["block"] is None:
            raise NoResult(Message("NO_RESULT_YET", run_id=run_id, status=row["status"]))
        with _readable(run_id):
            return decoded(row["block"])

    def events(self, run_id: str) -> tuple[RunEvent, ...]:
        """Return the run's events in order. Raises RunNotFound."""
        query = select(run_events).where(run_events.c.run_id == run_id).order_by(run_events.c.seq)
        rows = self._database.read(lambda c: c.execute(query).mappings().all())
        if not rows:  # a pruned run keeps its events, and a run is stored with its first event
            raise _not_found(run_id)
        return tuple(
            RunEvent(
                from_status=None if row["from_status"] is None else Status(row["from_status"]),
                to_status=Status(row["to_status"]),
                at=row["at"],
                attempt=row["attempt"],
                actor=row["actor"],
                reason=row["reason"],
                hash=row["hash"],
            )
            for row in rows
        )

    def page(self, query: RunQuery) -> Page:
        """Return a page of runs in the order asked for. Raises InvalidInput."""
        return self._database.read(lambda c: run_list.page(c, query))

    def annotate(self, run_id: str, annotation: Annotation) -> None:
        """Replace a run's tags and note. Raises RunNotFound."""
        self._database.write(lambda c: list_columns.annotate(c, run_id, annotation))

    def annotations(self, run_ids: Collection[str]) -> Mapping[str, Annotation]:
        """Return what is written on these runs."""
        return self._database.read(lambda c: list_columns.annotations(c, run_ids))

    def sparklines(self, run_ids: Collection[str]) -> Mapping[str, tuple[float, ...]]:
        """Return the sparklines of these runs, deriving a few that are missing."""
        found, missing = self._database.read(lambda c: list_columns.sparklines(c, run_ids))
        for run_id in missing:
            try:
                run, equity = self.get(run_id), self.table(run_id, "equity_curve")["equity"]
            except (RunNotFound, NoResult, ResultCorrupted):
                continue  # it was deleted, or its own page says what is wrong with it
            found[run_id] = sparkline_of(equity)
            self._database.write(partial(list_columns.keep, run=run, spark=found[run_id]))
        return found

    def open_runs(self) -> tuple[OpenRun, ...]:
        """Return every run that has not ended, oldest first."""
        expired = or_(runs.c.lease_until.is_(None), runs.c.lease_until <= self._now)
        query = (
            select(*RUN, expired.label("lease_expired"))
            .where(runs.c.status.in_(OPEN))
            .order_by(runs.c.created_at, runs.c.run_id)
        )
        rows = self._database.read(lambda c: c.execute(query).all())
        return tuple(OpenRun(run_of(row), bool(row.lease_expired)) for row in rows)

    def backlog(self) -> tuple[Backlog, ...]:
        """Return how many runs are open, by status."""
        query = (
            select(runs.c.status, func.count(), func.min(runs.c.created_at))
            .where(runs.c.status.in_(OPEN))
            .group_by(runs.c.status)
            .order_by(runs.c.status)
        )
        rows = self._database.read(lambda c: c.execute(query).all())
        return tuple(Backlog(Status(status), number, oldest) for status, number, oldest in rows)

    def save(
        self,
        before: Run,
        after: Run,
        *,
        event: RunEvent | None = None,
        result: Result | None = None,
        lease_seconds: float | None = None,
    ) -> None:
        """Write what differs in one transaction. Raises Superseded: nothing is written."""
        blocks = None if result is None else _blocks(result)
        spark = None if result is None else sparkline_of(result.equity_curve["equity"])

        def work(connection: Connection) -> None:
            self._replace(connection, before, after, lease_seconds, note=event is None)
            if event is not None:
                append(connection, after, event)
            if blocks is not None:
                connection.execute(insert(run_results).values(run_id=after.run_id, **blocks))
                list_columns.keep(connection, after, spark)

        self._database.write(work)

    def _replace(
        self, connection: Connection, before: Run, after: Run, lease_seconds: float | None, *, note: bool
    ) -> None:
        change = update(runs).where(_is(before.run_id, before.status, before.attempt))
        if note:
            change = change.where(*as_noted(before))
        change = change.values(changes_of(before, after, transition=not note))
        if lease_seconds is not None:
            change = change.values(lease_until=self._lease.bindparams(lease_micros=_micros(lease_seconds)))
        if connection.execute(change).rowcount == 0:
            raise Superseded(f"run {before.run_id} is not {before.status}, attempt {before.attempt}")

    def renew_lease(self, run_id: str, attempt: int, seconds: float) -> None:
        """Set the lease of a RUNNING run's attempt. Raises Superseded."""
        lease = self._lease.bindparams(lease_micros=_micros(seconds))
        change = update(runs).values(lease_until=lease).where(_is(run_id, Status.RUNNING, attempt))
        if self._database.write(lambda c: c.execute(change).rowcount) == 0:
            raise Superseded(f"run {run_id} is not RUNNING, attempt {attempt}")

    def prune(self, ended_before: datetime, *, limit: int, cursor: str = "", dry_run: bool = False) -> Batch:
        """Delete a batch of ended runs, but for their events. Raises InvalidInput."""
        after = position(cursor) if cursor else None
        if dry_run:
            found = self._database.read(lambda c: prunable(c, ended_before, limit, after))
        else:
            found = self._database.write(lambda c: delete_runs(c, ended_before, limit, after))
        return Batch(found.count, None if found.last is None else cursor_of(*found.last))

    def prune_keys(self, before: datetime, *, limit: int, dry_run: bool = False) -> int:
        """Delete up to `limit` keys that came before then, or count them all."""
        if dry_run:
            return self._database.read(lambda c: count_keys(c, before))
        return self._database.write(lambda c: delete_keys(c, before, limit))


def _add(
    connection: Connection,
    run: Run,
    event: RunEvent,
    idempotency: IdempotencyKey | None,
    max_active: int | None,
) -> Run:
    if idempotency is not None:
        first = _named_before(connection, idempotency)
        if first is not None:
            return first
    run, more = _placed(connection, run, event.actor, max_active)
    connection.execute(insert(runs).values(row_of(run)))
    append(connection, run, event, first=True)
    for later in more:
        append(connection, run, later)
    if run.reuses is not None:
        list_columns.keep_copy(connection, run)
    if idempotency is not None:
        connection.execute(
            insert(idempotency_keys).values(
                key_hash=_key_hash(idempotency),
                body_hash=idempotency.body_hash,
                run_id=run.run_id,
                at=idempotency.at,
            )
        )
    return run


def _placed(
    connection: Connection, run: Run, actor: str, max_active: int | None
) -> tuple[Run, tuple[RunEvent, ...]]:
    """Return a new run as it is stored, and its events after the first: answered, behind an identical
    one, with a slot, or in the queue."""
    if run.place.queue_at is None:
        return run, ()
    if run.request.reuse and run.run_key is not None:
        queue.take_turn(connection, queue.REUSE)
        # In this order: what ends between the two looks is found by the second.
        first = queue.same_under_way(connection, run)
        source = queue.source_of(connection, run)
        if source is not None:
            return answered(run, source, at=run.created_at, actor=actor)
        if first is not None:
            return run.behind(first), ()
    if queue.may_start(connection, run, max_active):
        return run.launched(at=run.created_at), ()
    return run, ()


def _named_before(connection: Connection, idempotency: IdempotencyKey) -> Run | None:
    """Return the run that has the key; forget a key that has expired. Raises IdempotencyConflict."""
    keys = idempotency_keys.c
    this = keys.key_hash == _key_hash(idempotency)
    row = connection.execute(select(idempotency_keys).where(this).with_for_update()).mappings().first()
    if row is None:
        return None
    if idempotency.at - row["at"] >= IDEMPOTENCY_LIFE:
        connection.execute(idempotency_keys.delete().where(this))
        return None
    if row["body_hash"] != idempotency.body_hash:
        raise IdempotencyConflict(Message("KEY_USED", key=repr(idempotency.key)))
    return _find(connection, row["run_id"])


def _key_hash(idempotency: IdempotencyKey) -> str:
    return hashlib.sha256(f"{idempotency.caller}\0{idempotency.key}".encode()).hexdigest()


def _find(connection: Connection, run_id: str) -> Run | None:
    row = connection.execute(select(*RUN).where(runs.c.run_id == run_id)).first()
    return None if row is None else run_of(row)


def _not_found(run_id: str) -> RunNotFound:
    return RunNotFound(f"there is no run {run_id}")


def _is(run_id: str, status: Status, attempt: int) -> ColumnElement[bool]:
    return and_(runs.c.run_id == run_id, runs.c.status == status.value, runs.c.attempt == attempt)


@contextmanager
def _readable(run_id: str) -> Iterator[None]:
    """Say of a block that cannot be read whose it is. Raises ResultCorrupted."""
    try:
        yield
    except (zlib.error, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ResultCorrupted(Message("DAMAGED", run_id=run_id)) from error


def _blocks(result: Result) -> dict[str, bytes]:
    return {table: encoded(getattr(result, table)) for table in RESULT_TABLES}


def _micros(seconds: float) -> int:
    return round(seconds * 1_000_000)
