"""The run repository in memory."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime, timedelta
from threading import RLock
from typing import Any

from ..annotations import Annotation
from ..errors import IdempotencyConflict, NoResult, RunAlreadyExists, RunNotFound, Superseded
from ..event_log import chained
from ..idempotency import IDEMPOTENCY_LIFE, IdempotencyKey
from ..messages import Message
from ..open_runs import Backlog, OpenRun
from ..ports import Batch, Clock, Page
from ..result import Columns, Result
from ..reuse import answered, may_answer
from ..run import OPEN, Run, RunEvent, Status
from ..run_query import RunQuery
from ..sparkline import sparkline_of
from .memory_clock import ManualClock
from .memory_list import page_of


@dataclass(slots=True)
class _Row:
    run: Run
    events: list[RunEvent]
    result: Result | None = None
    lease_until: datetime | None = None


def _copied(columns: Columns) -> Columns:
    return {name: _copy(column) for name, column in columns.items()}


def _copy(column: memoryview) -> memoryview:
    if column.format not in ("b", "q", "d"):
        raise ValueError(f"a column has the format {column.format!r}; a result has b, q and d")
    raw: Any = memoryview(column.tobytes())
    copy: memoryview = raw.cast(column.format)
    return copy


def _event(row: _Row, event: RunEvent) -> RunEvent:
    result_hash = row.run.end.result_hash if event.to_status is Status.SUCCEEDED else None
    previous = row.events[-1].hash if row.events else ""
    if row.events:
        event = replace(event, at=max(event.at, row.events[-1].at))
    return chained(event, run_id=row.run.run_id, previous=previous, result_hash=result_hash)


class MemoryRuns:
    """The run repository as a dictionary; `clock` is the store's own, by which leases are judged."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or ManualClock()
        self._rows: dict[str, _Row] = {}
        self._keys: dict[tuple[str, str], tuple[IdempotencyKey, str]] = {}
        self._history: dict[str, list[RunEvent]] = {}
        self._annotations: dict[str, Annotation] = {}
        self._lock = RLock()

    def add(
        self,
        run: Run,
        event: RunEvent,
        *,
        idempotency: IdempotencyKey | None = None,
        max_active: int | None = None,
    ) -> Run:
        """Store a new run, or return the one that the idempotency key named before."""
        with self._lock:
            if idempotency is not None:
                first = self._named_before(idempotency)
                if first is not None:
                    return first
            if run.run_id in self._rows:
                raise RunAlreadyExists(f"run {run.run_id} is stored already")
            row = _Row(_with_own_metrics(run), [])
            row.events.append(_event(row, event))
            source = self._source(run) if run.request.reuse and run.place.queue_at is not None else None
            if source is not None:
                self._write(row, *answered(run, source, at=run.created_at, actor=event.actor))
            elif run.place.queue_at is not None:
                row.run = self._placed(row.run, max_active)
            self._rows[run.run_id] = row
            if idempotency is not None:
                self._keys[idempotency.caller, idempotency.key] = (idempotency, run.run_id)
            return row.run

    def _named_before(self, idempotency: IdempotencyKey) -> Run | None:
        stored, run_id = self._keys.get((idempotency.caller, idempotency.key), (None, ""))
        if stored is None or idempotency.at - stored.at >= IDEMPOTENCY_LIFE:
            return None
        if stored.body_hash != idempotency.body_hash:
            raise IdempotencyConflict(Message("KEY_USED", key=repr(idempotency.key)))
        return self._rows[run_id].run

    def _source(self, run: Run) -> Run | None:
        found = [row.run for row in self._rows.values() if may_answer(row.run, run)]
        return max(found, key=_age, default=None)

    def _placed(self, run: Run, max_active: int | None) -> Run:
        if run.request.reuse and run.run_key is not None:
            same = [
                row
                for row in self._rows.values()
                if row.run.run_key == run.run_key
                and not row.run.status.terminal
                and row.run.place.waits_for is None
            ]
            if same:
                first = min(same, key=lambda row: _age(row.run))
                if first.run.place.queue_at is not None:
                    first.run = first.run.placed(queue_at=min(_place(first.run), _place(run))[0])
                return run.behind(first.run.run_id)
        before = any(_place(other) < _place(run) for other in self._line(run.launcher))
        if before or not self._room(run.launcher, max_active):
            return run
        return run.launched(at=run.created_at)

    def _line(self, launcher: str) -> list[Run]:
        waiting = [row.run for row in self._rows.values() if row.run.place.queue_at is not None]
        mine = [run for run in waiting if run.launcher == launcher and not run.status.terminal]
        return sorted(mine, key=_place)

    def _room(self, launcher: str, max_active: int | None) -> bool:
        holding = [
            row for row in self._rows.values() if row.run.place.holds_slot and row.run.launcher == launcher
        ]
        return max_active is None or len(holding) < max_active

    def admit(self, launcher: str, *, max_active: int | None, at: datetime) -> Run | None:
        """Give a slot to the first in the queue; None where nobody waits or there is none."""
        with self._lock:
            line = self._line(launcher)
            if not line or not self._room(launcher, max_active):
                return None
            row = self._rows[line[0].run_id]
            row.run = row.run.launched(at=at)
            return row.run

    def release(self, run_ids: Collection[str]) -> None:
        """Take the slots of ended runs back."""
        with self._lock:
            for row in self._rows.values():
                if row.run.run_id in run_ids and row.run.status.terminal:
                    row.run = row.run.placed(holds_slot=False)

    def winding_down(self) -> tuple[Run, ...]:
        """Return every ended run that still holds a slot."""
        with self._lock:
            runs = (row.run for row in self._rows.values())
            return tuple(run for run in runs if run.place.holds_slot and run.status.terminal)

    def waiting_for(self, run_id: str) -> tuple[Run, ...]:
        """Return the runs that wait for the result of `run_id`, oldest first."""
        with self._lock:
            found = [row.run for row in self._rows.values() if row.run.place.waits_for == run_id]
            return tuple(sorted((run for run in found if run.status is Status.PENDING), key=_age))

    def answer(self, waiting: Run, *, at: datetime, actor: str) -> Run:
        """End a waiting run with the result that it waits for. Raises NoResult, Superseded."""
        with self._lock:
            source = self._rows.get(waiting.place.waits_for or "")
            if source is None or not may_answer(source.run, waiting):
                raise NoResult(f"run {waiting.place.waits_for} has no result for run {waiting.run_id}")
            row = self._as_seen(waiting, note=True)
            self._write(row, *answered(waiting, source.run, at=at, actor=actor))
            return row.run

    def _write(self, row: _Row, after: Run, events: Iterable[RunEvent]) -> None:
        row.run = after
        for event in events:
            row.events.append(_event(row, event))

    def get(self, run_id: str) -> Run:
        """Return the run. Raises RunNotFound."""
        return self._row(run_id).run

    def _row(self, run_id: str) -> _Row:
        with self._lock:
            try:
                return replace(self._rows[run_id])
            except KeyError:
                raise RunNotFound(Message("NO_RUN", run_id=run_id)) from None

    def result(self, run_id: str) -> Result:
        """Return the result. Raises RunNotFound, NoResult."""
        row = self._row(run_id)
        if row.run.reuses is not None:
            row = self._row(row.run.reuses)
        if row.result is None:
            raise NoResult(Message("NO_RESULT_YET", run_id=run_id, status=row.run.status))
        return row.result

    def table(self, run_id: str, name: str) -> Columns:
        """Return one table of the result. Raises RunNotFound, NoResult."""
        table: Columns = getattr(self.result(run_id), name)
        return table

    def events(self, run_id: str) -> tuple[RunEvent, ...]:
        """Return the run's events in order. Raises RunNotFound."""
        with self._lock:
            if run_id in self._history:
                return tuple(self._history[run_id])
            return tuple(self._row(run_id).events)

    def page(self, query: RunQuery) -> Page:
        """Return a page of runs; the cursor is the order and the last run's id. Raises InvalidInput."""
        with self._lock:
            runs = {run_id: row.run for run_id, row in self._rows.items()}
            return page_of(runs, self._annotations, query)

    def annotate(self, run_id: str, annotation: Annotation) -> None:
        """Replace a run's tags and note. Raises RunNotFound."""
        with self._lock:
            self._row(run_id)
            self._annotations[run_id] = annotation

    def annotations(self, run_ids: Collection[str]) -> Mapping[str, Annotation]:
        """Return what is written on these runs."""
        with self._lock:
            return {key: value for key, value in self._annotations.items() if key in run_ids}

    def sparklines(self, run_ids: Collection[str]) -> Mapping[str, tuple[float, ...]]:
        """Return the sparklines of these runs."""
        with self._lock:
            ended = [i for i in run_ids if i in self._rows and self._rows[i].run.status is Status.SUCCEEDED]
            return {run_id: sparkline_of(self.table(run_id, "equity_curve")["equity"]) for run_id in ended}

    def open_runs(self) -> tuple[OpenRun, ...]:
        """Return every run that has not ended, oldest first."""
        with self._lock:
            now = self._clock.now()
            rows = sorted(self._rows.values(), key=lambda row: _age(row.run))
            return tuple(
                OpenRun(row.run, row.lease_until is None or row.lease_until <= now)
                for row in rows
                if not row.run.status.terminal
            )

    def backlog(self) -> tuple[Backlog, ...]:
        """Return how many runs are open, by status."""
        with self._lock:
            found = []
            for status in OPEN:
                since = [row.run.created_at for row in self._rows.values() if row.run.status is status]
                if since:
                    found.append(Backlog(status, len(since), min(since)))
            return tuple(found)

    def save(
        self,
        before: Run,
        after: Run,
        *,
        event: RunEvent | None = None,
        result: Result | None = None,
        lease_seconds: float | None = None,
    ) -> None:
        """Write what differs. Raises Superseded, and then nothing is written."""
        stored = None if result is None else _stored(result)
        with self._lock:
            row = self._as_seen(before, note=event is None)
            row.run = _with_own_metrics(_changed(row.run, before, after))
            if event is not None:
                row.run = row.run.placed(queue_at=after.place.queue_at, waits_for=after.place.waits_for)
                row.events.append(_event(row, event))
            if stored is not None:
                row.result = stored
            if lease_seconds is not None:
                row.lease_until = self._clock.now() + timedelta(seconds=lease_seconds)

    def _as_seen(self, before: Run, *, note: bool) -> _Row:
        """Return the stored row of a run. Raises Superseded where it is no longer as it was seen."""
        row = self._rows.get(before.run_id)
        if row is None or _seen(row.run, note) != _seen(before, note):
            raise Superseded(f"run {before.run_id} is no longer {before.status}, attempt {before.attempt}")
        return row

    def renew_lease(self, run_id: str, attempt: int, seconds: float) -> None:
        """Extend the lease of a RUNNING run's attempt. Raises Superseded."""
        with self._lock:
            row = self._rows.get(run_id)
            if row is None or (row.run.status, row.run.attempt) != (Status.RUNNING, attempt):
                raise Superseded(f"run {run_id} is not RUNNING, attempt {attempt}")
            row.lease_until = self._clock.now() + timedelta(seconds=seconds)

    def prune(self, ended_before: datetime, *, limit: int, cursor: str = "", dry_run: bool = False) -> Batch:
        """Delete up to `limit` ended runs, but for their events; the cursor is the age of the last one."""
        with self._lock:
            named = {row.run.reproduces for row in self._rows.values()}
            named |= {row.run.reuses for row in self._rows.values()}
            old = [
                row.run
                for row in self._rows.values()
                if row.run.completed_at is not None
                and row.run.completed_at < ended_before
                and row.run.run_id not in named
                and f"{row.run.created_at.isoformat()} {row.run.run_id}" > cursor
            ]
            old.sort(key=_age)
            part = old[:limit]
            for run in [] if dry_run else part:
                self._history[run.run_id] = self._rows.pop(run.run_id).events
                self._keys = {key: named for key, named in self._keys.items() if named[1] != run.run_id}
                self._annotations.pop(run.run_id, None)
        more = len(old) > len(part)
        return Batch(len(part), f"{part[-1].created_at.isoformat()} {part[-1].run_id}" if more else None)

    def prune_keys(self, before: datetime, *, limit: int, dry_run: bool = False) -> int:
        """Delete up to `limit` keys that came before then."""
        with self._lock:
            old = [key for key, (stored, _) in self._keys.items() if stored.at < before]
            if dry_run:
                return len(old)
            for key in old[:limit]:
                del self._keys[key]
            return len(old[:limit])


def _age(run: Run) -> tuple[datetime, str]:
    return run.created_at, run.run_id


def _place(run: Run) -> tuple[datetime, str]:
    assert run.place.queue_at is not None, run.run_id
    return run.place.queue_at, run.run_id


def _seen(run: Run, note: bool) -> tuple[Any, ...]:
    if not note:
        return run.status, run.attempt
    place = run.place
    return run.status, run.attempt, place.launches, place.holds_slot, place.queue_at, place.waits_for


def _changed(stored: Any, before: Any, after: Any) -> Any:
    """Return `stored` with what differs between `before` and `after`, field by field in every part: what
    another wrote meanwhile beside it stays."""
    changes = {}
    for field in fields(stored):
        was, now = getattr(before, field.name), getattr(after, field.name)
        if was != now:
            kept = getattr(stored, field.name)
            part = is_dataclass(now) and type(kept) is type(was) is type(now)
            changes[field.name] = _changed(kept, was, now) if part else now
    return replace(stored, **changes)


def _with_own_metrics(run: Run) -> Run:
    return replace(run, end=replace(run.end, metrics=dict(run.end.metrics)))


def _stored(result: Result) -> Result:
    return Result(
        metrics=dict(result.metrics),
        equity_curve=_copied(result.equity_curve),
        trades=_copied(result.trades),
        orders=_copied(result.orders),
        series=_copied(result.series),
        warnings=result.warnings,
    )
