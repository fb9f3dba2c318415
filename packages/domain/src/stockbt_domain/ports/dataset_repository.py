"""The port to the price data."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from ..datasets import Dataset


class DatasetRepository(Protocol):
    """Stores imported files by their hash. Every method may raise StorageUnavailable."""

    def add(self, dataset: Dataset, content: Iterable[bytes]) -> Dataset:
        """Store a version with its file's bytes, in pieces of any size, as its ticker's newest one.

        The same (ticker, timeframe, data_hash, adjusted) again changes nothing and returns the
        stored one. Bytes that are there already are not stored twice. All or nothing.
        """

    def newest(self, ticker: str, timeframe: str) -> Dataset:
        """Return the newest version. Raises DatasetNotFound."""

    def versions(self, ticker: str) -> tuple[Dataset, ...]:
        """Return every version of every timeframe of `ticker`, newest first; empty for none."""

    def all(self) -> tuple[Dataset, ...]:
        """Return the newest version of each ticker and timeframe, by ticker, then timeframe."""

    def content(self, data_hash: str) -> Iterator[bytes]:
        """Yield the file's bytes in pieces of a few MiB at most.

        Raises DatasetNotFound, and DatasetCorrupted for bytes that cannot be read back.
        """
