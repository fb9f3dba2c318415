"""Every repository in memory, a clock that is set by hand, and ids that count: for tests and examples."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Lock, RLock
from typing import Any

from ..datasets import Dataset
from ..errors import (
    DatasetNotFound,
    IdempotencyConflict,
    InvalidInput,
    NoResult,
    PresetNameTaken,
    PresetNotFound,
    Problem,
    RunAlreadyExists,
    RunNotFound,
    Superseded,
)
from ..events import chained
from ..ports import IDEMPOTENCY_LIFE, Batch, Clock, IdempotencyKey, OpenRun, Page, RunQuery
from ..presets import Preset
from ..result import Columns, Result
from ..reuse import answered, may_answer
from ..run import Run, RunEvent, Status

PIECE_BYTES = 4 * 1024 * 1024
"""Largest piece in which a dataset's content is given back."""


class ManualClock:
    """A clock that stands still until it is advanced; it starts where a rounded fraction shows."""

    def __init__(self, now: datetime = datetime(2024, 12, 31, 23, 59, 59, 600000, UTC)) -> None:
        self._now = now

    def now(self) -> datetime:
        """Return the time it was last set to."""
        return self._now

    def advance(self, seconds: float) -> datetime:
        """Move on by `seconds` and return the new time."""
        self._now += timedelta(seconds=seconds)
        return self._now


class SequentialIds:
    """Valid version 4 UUIDs in ascending order, the same ones in every test run."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def new_id(self) -> str:
        """Return the next identifier."""
        number = next(self._numbers)
        return f"{number:08x}-0000-4000-8000-{number:012x}"


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
    result_hash = row.run.result_hash if event.to_status is Status.SUCCEEDED else None
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
            row = _Row(replace(run, metrics=dict(run.metrics)), [])
            row.events.append(_event(row, event))
            source = self._source(run) if run.reuse and run.queue_at is not None else None
            if source is not None:
                self._write(row, *answered(run, source, at=run.created_at, actor=event.actor))
            elif run.queue_at is not None:
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
            raise IdempotencyConflict(f"idempotency key {idempotency.key!r} came with another body before")
        return self._rows[run_id].run

    def _source(self, run: Run) -> Run | None:
        found = [row.run for row in self._rows.values() if may_answer(row.run, run)]
        return max(found, key=_age, default=None)

    def _placed(self, run: Run, max_active: int | None) -> Run:
        if run.reuse and run.run_key is not None:
            same = [
                row
                for row in self._rows.values()
                if row.run.run_key == run.run_key
                and not row.run.status.terminal
                and row.run.waits_for is None
            ]
            if same:
                first = min(same, key=lambda row: _age(row.run))
                if first.run.queue_at is not None:
                    first.run = replace(first.run, queue_at=min(_place(first.run), _place(run))[0])
                return run.behind(first.run.run_id)
        before = any(_place(other) < _place(run) for other in self._line(run.launcher))
        if before or not self._room(run.launcher, max_active):
            return run
        return run.launched(next_launch_at=run.next_launch_at)

    def _line(self, launcher: str) -> list[Run]:
        waiting = [row.run for row in self._rows.values() if row.run.queue_at is not None]
        mine = [run for run in waiting if run.launcher == launcher and not run.status.terminal]
        return sorted(mine, key=_place)

    def _room(self, launcher: str, max_active: int | None) -> bool:
        holding = [row for row in self._rows.values() if row.run.holds_slot and row.run.launcher == launcher]
        return max_active is None or len(holding) < max_active

    def admit(self, launcher: str, *, max_active: int | None, until: datetime) -> Run | None:
        """Give a slot to the first in line; None where nobody waits or there is none."""
        with self._lock:
            line = self._line(launcher)
            if not line or not self._room(launcher, max_active):
                return None
            row = self._rows[line[0].run_id]
            row.run = row.run.launched(next_launch_at=until)
            return row.run

    def release(self, run_ids: Collection[str]) -> None:
        """Take the slots of ended runs back."""
        with self._lock:
            for row in self._rows.values():
                if row.run.run_id in run_ids and row.run.status.terminal:
                    row.run = replace(row.run, holds_slot=False)

    def winding_down(self) -> tuple[Run, ...]:
        """Return every ended run that still holds a slot."""
        with self._lock:
            runs = (row.run for row in self._rows.values())
            return tuple(run for run in runs if run.holds_slot and run.status.terminal)

    def waiting_for(self, run_id: str) -> tuple[Run, ...]:
        """Return the runs that wait for the result of `run_id`, oldest first."""
        with self._lock:
            found = [row.run for row in self._rows.values() if row.run.waits_for == run_id]
            return tuple(sorted((run for run in found if run.status is Status.PENDING), key=_age))

    def answer(self, waiting: Run, *, at: datetime, actor: str) -> Run:
        """End a waiting run with the result that it waits for. Raises NoResult, Superseded."""
        with self._lock:
            source = self._rows.get(waiting.waits_for or "")
            if source is None or not may_answer(source.run, waiting):
                raise NoResult(f"run {waiting.waits_for} has no result for run {waiting.run_id}")
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
                raise RunNotFound(f"there is no run {run_id}") from None

    def result(self, run_id: str) -> Result:
        """Return the result. Raises RunNotFound, NoResult."""
        row = self._row(run_id)
        if row.run.reuses is not None:
            row = self._row(row.run.reuses)
        if row.result is None:
            raise NoResult(f"run {run_id} is {row.run.status} and has no result")
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
        """Return a page, newest first; the cursor is the last run's id. Raises InvalidInput."""
        with self._lock:
            found = sorted((row.run for row in self._rows.values()), key=_age, reverse=True)
            if query.cursor is not None:
                last = self._rows.get(query.cursor)
                if last is None:
                    raise InvalidInput((Problem("cursor", "INVALID_CURSOR", "is not the cursor of a page"),))
                found = [run for run in found if _age(run) < _age(last.run)]
        wanted = {
            name: getattr(query, name) for name in ("ticker", "rule_type", "status", "rule_id", "data_hash")
        }
        found = [
            run for run in found if all(v is None or getattr(run, name) == v for name, v in wanted.items())
        ]
        runs = tuple(found[: query.limit])
        return Page(runs, runs[-1].run_id if len(found) > len(runs) else None)

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
            row.run = replace(row.run, **before.changes_to(after))
            row.run = replace(row.run, metrics=dict(row.run.metrics))
            if event is not None:
                row.run = replace(row.run, queue_at=after.queue_at, waits_for=after.waits_for)
            if event is not None:
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
    assert run.queue_at is not None, run.run_id
    return run.queue_at, run.run_id


def _seen(run: Run, note: bool) -> tuple[Any, ...]:
    if not note:
        return run.status, run.attempt
    return run.status, run.attempt, run.launches, run.holds_slot, run.queue_at, run.waits_for


def _stored(result: Result) -> Result:
    return Result(
        metrics=dict(result.metrics),
        equity_curve=_copied(result.equity_curve),
        trades=_copied(result.trades),
        orders=_copied(result.orders),
        series=_copied(result.series),
        warnings=result.warnings,
    )


class MemoryDatasets:
    """The dataset repository as a list of versions and the files' bytes by hash."""

    def __init__(self) -> None:
        self._versions: list[Dataset] = []
        self._content: dict[str, bytes] = {}
        self._lock = RLock()

    def add(self, dataset: Dataset, content: Iterable[bytes]) -> Dataset:
        """Store a version as its ticker's newest one; one that is stored already changes nothing."""
        data = b"".join(content)
        with self._lock:
            for stored in self._versions:
                if _identity(stored) == _identity(dataset):
                    return stored
            self._content.setdefault(dataset.data_hash, data)
            self._versions.append(dataset)
            return dataset

    def newest(self, ticker: str, timeframe: str) -> Dataset:
        """Return the newest version. Raises DatasetNotFound."""
        for dataset in self.versions(ticker):
            if dataset.timeframe == timeframe:
                return dataset
        raise DatasetNotFound(f"there is no data for {ticker} {timeframe}")

    def versions(self, ticker: str) -> tuple[Dataset, ...]:
        """Return every version of `ticker`, newest first."""
        with self._lock:
            return tuple(dataset for dataset in reversed(self._versions) if dataset.ticker == ticker)

    def all(self) -> tuple[Dataset, ...]:
        """Return the newest version of each ticker and timeframe, in their order."""
        with self._lock:
            newest = {(dataset.ticker, dataset.timeframe): dataset for dataset in self._versions}
        return tuple(newest[key] for key in sorted(newest))

    def content(self, data_hash: str) -> Iterator[bytes]:
        """Yield the file's bytes in pieces. Raises DatasetNotFound."""
        with self._lock:
            if data_hash not in self._content:
                raise DatasetNotFound(f"there is no data with the hash {data_hash}")
            data = self._content[data_hash]
        return (data[i : i + PIECE_BYTES] for i in range(0, len(data), PIECE_BYTES))


def _identity(dataset: Dataset) -> tuple[str, str, str, bool]:
    return dataset.ticker, dataset.timeframe, dataset.data_hash, dataset.adjusted


class MemoryPresets:
    """The preset repository as a dictionary."""

    def __init__(self) -> None:
        self._presets: dict[str, Preset] = {}
        self._lock = RLock()

    def add(self, preset: Preset) -> None:
        """Store a preset. Raises PresetNameTaken."""
        with self._lock:
            if any(stored.name == preset.name for stored in self._presets.values()):
                raise PresetNameTaken(f"there is a preset named {preset.name!r} already")
            self._presets[preset.id] = replace(preset, fields=dict(preset.fields))

    def get(self, preset_id: str) -> Preset:
        """Return the preset. Raises PresetNotFound."""
        try:
            return self._presets[preset_id]
        except KeyError:
            raise PresetNotFound(f"there is no preset {preset_id}") from None

    def all(self) -> tuple[Preset, ...]:
        """Return every preset by name."""
        return tuple(sorted(self._presets.values(), key=lambda preset: preset.name))

    def delete(self, preset_id: str) -> None:
        """Delete the preset. Raises PresetNotFound."""
        if self._presets.pop(preset_id, None) is None:
            raise PresetNotFound(f"there is no preset {preset_id}")


class MemoryLeader:
    """Leads among the threads that have it."""

    def __init__(self) -> None:
        self._lock = Lock()

    @contextmanager
    def hold(self) -> Iterator[bool]:
        """Enter at once, with whether this thread leads."""
        leading = self._lock.acquire(blocking=False)
        try:
            yield leading
        finally:
            if leading:
                self._lock.release()
