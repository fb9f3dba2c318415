"""The port to the single source of truth of state and results."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from ..annotations import Annotation
from ..figures import SORTED_FIGURES
from ..result import Columns, Result
from ..run import Run, RunEvent, Status

IDEMPOTENCY_LIFE = timedelta(hours=24)
"""How long an idempotency key holds."""

SORTS = ("created_at", *SORTED_FIGURES)


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A caller's own name for one submission, with the hash of the body that it came with."""

    caller: str
    key: str
    body_hash: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RunQuery:
    """A filter over the list of runs; `cursor` is a page's `next`.

    `tag` is one of the run's tags; `q` is found, whatever the letters' case, in label, ticker, tags or
    note. `sort` is one of SORTS, with a minus before it for the highest or newest first; sorted by a
    figure, the list has the runs that have it.
    """

    ticker: str | None = None
    rule_type: str | None = None
    status: str | None = None
    rule_id: str | None = None
    limit: int = 50
    cursor: str | None = None
    data_hash: str | None = None
    tag: str | None = None
    q: str | None = None
    sort: str = "-created_at"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of runs without their series, and the cursor of the next page or None."""

    runs: tuple[Run, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run that has not ended, and whether its worker's lease has run out by the store's clock."""

    run: Run
    lease_expired: bool


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many open runs are in a state, and when the oldest of them was submitted."""

    status: Status
    runs: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Batch:
    """How many runs one batch deleted, and the cursor of the next batch or None."""

    runs: int
    next: str | None


class RunRepository(Protocol):
    """Stores runs, their events and results. Every method may raise StorageUnavailable."""

    def add(
        self,
        run: Run,
        event: RunEvent,
        *,
        idempotency: IdempotencyKey | None = None,
        max_active: int | None = None,
    ) -> Run:
        """Store a new run with its first event and return it as it is stored; under a known idempotency
        key (24 h) with the same body, store nothing and return the run that has it.

        All in the same transaction: a run with `reuse` is answered by an identical one that succeeded,
        or waits for one that is open (`waits_for`, which inherits its place if that is the better one);
        a run that comes in the queue (`queue_at`) gets a slot at once if nobody is before it and fewer than
        `max_active` of its launcher's runs hold one.

        Raises RunAlreadyExists, or IdempotencyConflict for another body.
        """

    def admit(self, launcher: str, *, max_active: int | None, at: datetime) -> Run | None:
        """Give a slot to the launcher's first open run in the queue and return it, `launched` at that time;
        None where nobody is in the queue or `max_active` runs hold a slot."""

    def release(self, run_ids: Collection[str]) -> None:
        """Take the slots of these runs back, as far as they have ended."""

    def winding_down(self) -> tuple[Run, ...]:
        """Return every ended run that still holds a slot."""

    def waiting_for(self, run_id: str) -> tuple[Run, ...]:
        """Return the PENDING runs that wait for the result of `run_id`, oldest first."""

    def answer(self, waiting: Run, *, at: datetime, actor: str) -> Run:
        """End a waiting run with the result of the one that it waits for and return it.

        Raises NoResult where that one is gone or has no result for it, and Superseded; then nothing
        is written.
        """

    def get(self, run_id: str) -> Run:
        """Return the run. Raises RunNotFound."""

    def result(self, run_id: str) -> Result:
        """Return the result of a succeeded run. Raises RunNotFound, NoResult, ResultCorrupted."""

    def table(self, run_id: str, name: str) -> Columns:
        """Return one of RESULT_TABLES of a succeeded run, and read no other. Raises RunNotFound, NoResult,
        ResultCorrupted."""

    def events(self, run_id: str) -> tuple[RunEvent, ...]:
        """Return the run's events in order, chained; those of a pruned run too. None is stored with an
        earlier time than the one before, whatever its writer's clock said. Raises RunNotFound."""

    def page(self, query: RunQuery) -> Page:
        """Return a page of runs by (created_at, run_id) or (figure, run_id), as `sort` says. Raises
        InvalidInput for a cursor that is none of this order, and for an order that there is not."""

    def annotate(self, run_id: str, annotation: Annotation) -> None:
        """Replace what is written on a run. Raises RunNotFound."""

    def annotations(self, run_ids: Collection[str]) -> Mapping[str, Annotation]:
        """Return what is written on these runs, by id; a run without tags and note may be left out."""

    def sparklines(self, run_ids: Collection[str]) -> Mapping[str, tuple[float, ...]]:
        """Return the sparkline of these runs by id, as `sparkline_of` makes it from their equity; a run
        without a result has none. Results of versions before may get theirs a few at a time."""

    def open_runs(self) -> tuple[OpenRun, ...]:
        """Return every run that has not ended, oldest first."""

    def backlog(self) -> tuple[Backlog, ...]:
        """Return how many runs are open, by status; a status without any is not there."""

    def save(
        self,
        before: Run,
        after: Run,
        *,
        event: RunEvent | None = None,
        result: Result | None = None,
        lease_seconds: float | None = None,
    ) -> None:
        """Write what differs between `before` and `after`, with `event` and `result`, in one transaction,
        if status and attempt are still those of `before`; set the lease where one is given.

        A note without an event is written only if launches, slot, place in the queue and `waits_for` are
        still as seen, too. Raises Superseded, and then nothing is written.
        """

    def renew_lease(self, run_id: str, attempt: int, seconds: float) -> None:
        """Set the lease of a RUNNING run's `attempt` to end in `seconds` by the store's clock; 0 ends
        it now. Raises Superseded."""

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
