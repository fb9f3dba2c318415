"""The port to the queue: which runs hold a slot, which wait for one, and which for another's result."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from ..idempotency import IdempotencyKey
from ..open_runs import Backlog, OpenRun
from ..run import Run, RunEvent


class RunQueue(Protocol):
    """Admits runs, so many of a launcher's at once. Every method may raise StorageUnavailable."""

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

    def open_runs(self) -> tuple[OpenRun, ...]:
        """Return every run that has not ended, oldest first."""

    def backlog(self) -> tuple[Backlog, ...]:
        """Return how many runs are open, by status; a status without any is not there."""
