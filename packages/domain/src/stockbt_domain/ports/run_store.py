"""The port to runs one by one: their state, events, results, and what is written on them."""

from collections.abc import Collection, Mapping
from typing import Protocol

from ..annotations import Annotation
from ..result import Columns, Result
from ..run import Run, RunEvent


class RunStore(Protocol):
    """Keeps runs, their events and results. Every method may raise StorageUnavailable."""

    def get(self, run_id: str) -> Run:
        """Return the run. Raises RunNotFound."""

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

    def result(self, run_id: str) -> Result:
        """Return the result of a succeeded run. Raises RunNotFound, NoResult, ResultCorrupted."""

    def table(self, run_id: str, name: str) -> Columns:
        """Return one of RESULT_TABLES of a succeeded run, and read no other. Raises RunNotFound, NoResult,
        ResultCorrupted."""

    def events(self, run_id: str) -> tuple[RunEvent, ...]:
        """Return the run's events in order, chained; those of a pruned run too. None is stored with an
        earlier time than the one before, whatever its writer's clock said. Raises RunNotFound."""

    def annotate(self, run_id: str, annotation: Annotation) -> None:
        """Replace what is written on a run. Raises RunNotFound."""

    def annotations(self, run_ids: Collection[str]) -> Mapping[str, Annotation]:
        """Return what is written on these runs, by id; a run without tags and note may be left out."""
