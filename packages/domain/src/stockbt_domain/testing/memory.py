"""Every repository in memory, a clock that is set by hand, and ids that count: for tests and examples."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from threading import Lock, RLock

from ..datasets import Dataset
from ..errors import DatasetNotFound, PresetNameTaken, PresetNotFound
from ..messages import Message
from ..presets import Preset
from .memory_clock import ManualClock
from .memory_runs import MemoryRuns

__all__ = [
    "ManualClock",
    "MemoryDatasets",
    "MemoryLeader",
    "MemoryPresets",
    "MemoryRuns",
    "SequentialIds",
]

PIECE_BYTES = 4 * 1024 * 1024
"""Largest piece in which a dataset's content is given back."""


class SequentialIds:
    """Valid version 4 UUIDs in ascending order, the same ones in every test run."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def new_id(self) -> str:
        """Return the next identifier."""
        number = next(self._numbers)
        return f"{number:08x}-0000-4000-8000-{number:012x}"


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
        raise DatasetNotFound(Message("NO_DATA", ticker=ticker, timeframe=timeframe))

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
                raise DatasetNotFound(Message("NO_DATA.hash", data_hash=data_hash))
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
                raise PresetNameTaken(Message("NAME_TAKEN", name=repr(preset.name)))
            self._presets[preset.id] = replace(preset, fields=dict(preset.fields))

    def get(self, preset_id: str) -> Preset:
        """Return the preset. Raises PresetNotFound."""
        try:
            return self._presets[preset_id]
        except KeyError:
            raise PresetNotFound(Message("NO_PRESET", preset=preset_id)) from None

    def all(self) -> tuple[Preset, ...]:
        """Return every preset by name."""
        return tuple(sorted(self._presets.values(), key=lambda preset: preset.name))

    def delete(self, preset_id: str) -> None:
        """Delete the preset. Raises PresetNotFound."""
        if self._presets.pop(preset_id, None) is None:
            raise PresetNotFound(Message("NO_PRESET", preset=preset_id))


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
