"""The port to what is old."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Batch:
    """How many runs one batch deleted, and the cursor of the next batch or None."""

    runs: int
    next: str | None


class RunPruning(Protocol):
    """Deletes old runs and expired keys. Every method may raise StorageUnavailable."""

    def prune(self, ended_before: datetime, *, limit: int, cursor: str = "", dry_run: bool = False) -> Batch:
        """Delete in one transaction up to `limit` runs that ended before then and that no run names in
        `reproduces` or `reuses`, oldest first from `cursor` (the `next` of the batch before); a dry run
        only counts.

        Results and idempotency keys go with their run, its events stay. Raises InvalidInput for a cursor
        that is none.
        """

    def prune_keys(self, before: datetime, *, limit: int, dry_run: bool = False) -> int:
        """Delete up to `limit` idempotency keys that came before then and return how many; a dry run
        counts all of them."""
