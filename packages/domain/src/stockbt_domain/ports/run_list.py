"""The port to the list of runs."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from ..run import Run
from ..run_query import RunQuery


@dataclass(frozen=True, slots=True)
class Page:
    """One page of runs without their series, and the cursor of the next page or None."""

    runs: tuple[Run, ...]
    next: str | None


class RunList(Protocol):
    """Lists runs without their series. Every method may raise StorageUnavailable."""

    def page(self, query: RunQuery) -> Page:
        """Return a page of runs by (created_at, run_id) or (figure, run_id), as `sort` says. Raises
        InvalidInput for a cursor that is none of this order, and for an order that there is not."""

    def sparklines(self, run_ids: Collection[str]) -> Mapping[str, tuple[float, ...]]:
        """Return the sparkline of these runs by id, as `sparkline_of` makes it from their equity; a run
        without a result has none. Results of versions before may get theirs a few at a time."""
