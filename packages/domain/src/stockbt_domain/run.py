"""A backtest run: a frozen value, and the table of its transitions."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from .errors import IllegalTransition, NothingToCompute, RunNotFound
from .messages import Message
from .pin import Pin
from .request import BacktestRequest, RejectedRequest
from .result import Caveat, Metrics, Result


class Status(StrEnum):
    """The states of a run; SUCCEEDED and FAILED absorb."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"

    @property
    def terminal(self) -> bool:
        """True when no transition leaves this state."""
        return not TRANSITIONS[self]


TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.RUNNING, Status.FAILED}),
    Status.RUNNING: frozenset({Status.RUNNING, Status.SUCCEEDED, Status.FAILED}),
    Status.SUCCEEDED: frozenset(),
    Status.FAILED: frozenset(),
}
"""Forward only. RUNNING to RUNNING is a further attempt's claim, with a higher `attempt`."""

OPEN = tuple(status for status in Status if not status.terminal)
"""The states of a run that has not ended."""


@dataclass(frozen=True, slots=True)
class RunEvent:
    """One transition of a run as it was stored, at `at` in UTC, with its reason.

    `hash` chains the event to the one before it, so that an edited or missing one shows.
    """

    from_status: Status | None
    to_status: Status
    at: datetime
    attempt: int
    actor: str
    reason: str
    hash: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the event as the API carries it."""
        return {
            "from": self.from_status,
            "to": self.to_status,
            "at": isoformat(self.at),
            "attempt": self.attempt,
            "actor": self.actor,
            "reason": self.reason,
        }


LAUNCH_GRACE = timedelta(seconds=10)
"""How long a launch has before a reconciler may repeat it."""

BULK_DELAY = timedelta(minutes=10)
"""What a bulk run lets pass: single ones that came so much later go first, and none after them."""


def isoformat(moment: datetime) -> str:
    """Return an aware UTC time as ISO 8601 with `Z` and microseconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def known_run_id(text: str) -> str:
    """Return the run id in its canonical form. Raises RunNotFound for what is none."""
    try:
        return str(UUID(text))
    except ValueError as error:
        raise RunNotFound(Message("NO_RUN.id")) from error


@dataclass(frozen=True, slots=True)
class ComputedBy:
    """What computes a run: its Git SHA, the digest of the engine's source and libraries, and its image."""

    engine_version: str
    engine_digest: str
    image_tag: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run stands between its submission and its job, and how often it was launched.

    An open run stands in the queue at `queue_at`, or holds a slot, or waits for the result of the run
    `waits_for`; a slot is given back only when the run's job is gone, which may be after the run's end.
    `launched_at` is the time of the last launch.
    """

    queue_at: datetime | None = None
    holds_slot: bool = False
    waits_for: str | None = None
    launches: int = 0
    next_launch_at: datetime | None = None
    launched_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class End:
    """How a run ended: why it failed, or with which figures it succeeded; empty while it is open.

    `verdict` and `difference` tell how the result compares with that of the run it reproduces.
    """

    error_kind: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    result_hash: str | None = None
    verdict: str | None = None
    difference: str | None = None
    warnings: tuple[Caveat, ...] = ()
    metrics: Metrics = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """One backtest: what was asked, what it was pinned to, in which state it is and what came out.

    A run whose request was not accepted keeps what could be read of it, and has no pin. The series of
    the result are not here: `RunRepository.result` reads them. Runs of one `run_key` give one result.
    `trace_context` is the request's W3C traceparent.
    """

    run_id: str
    created_at: datetime
    launcher: str
    request_text: str = "{}"
    request: BacktestRequest | RejectedRequest = field(default_factory=RejectedRequest)
    pin: Pin | None = None
    run_key: str | None = None
    status: Status = Status.PENDING
    attempt: int = 0
    started_at: datetime | None = None
    completed_at: datetime | None = None
    computed_by: ComputedBy | None = None
    place: Place = Place()
    end: End = field(default_factory=End)
    reproduces: str | None = None
    reuses: str | None = None
    trace_context: str | None = None

    @property
    def title(self) -> str:
        """Return ticker, rule and range, for headings."""
        asked = self.request
        return f"{asked.ticker} {asked.rule_type} {asked.start_date} to {asked.end_date}"

    def work(self) -> tuple[BacktestRequest, Pin]:
        """Return what is computed, and on which bars. Raises NothingToCompute where nothing is."""
        if isinstance(self.request, BacktestRequest) and self.pin is not None:
            return self.request, self.pin
        raise NothingToCompute(Message("NO_RESULT_YET.rejected", run_id=self.run_id))

    def _to(self, status: Status, **changes: Any) -> "Run":
        if status not in TRANSITIONS[self.status]:
            raise IllegalTransition(f"run {self.run_id} is {self.status} and cannot become {status}")
        return replace(self, status=status, **changes)

    def claimed(self, *, at: datetime, by: ComputedBy, run_key: str | None) -> "Run":
        """Return the run as its next attempt holds it. Raises IllegalTransition when it has ended."""
        return self._to(
            Status.RUNNING,
            attempt=self.attempt + 1,
            started_at=self.started_at or at,
            computed_by=by,
            run_key=run_key,
            place=replace(self.place, queue_at=None, waits_for=None),
        )

    def succeeded(
        self, result: Result, *, at: datetime, verdict: str | None, difference: str | None
    ) -> "Run":
        """Return the run with its result. Raises IllegalTransition unless it is RUNNING."""
        end = End(
            metrics=result.metrics,
            warnings=result.warnings,
            result_hash=result.hash,
            verdict=verdict,
            difference=difference,
        )
        return self._to(Status.SUCCEEDED, completed_at=at, end=end)

    def failed(self, *, at: datetime, kind: str, code: str, message: str) -> "Run":
        """Return the run with the reason of its end. Raises IllegalTransition when it had ended."""
        return self._to(
            Status.FAILED,
            completed_at=at,
            end=End(error_kind=kind, error_code=code, error_message=message),
            place=replace(self.place, queue_at=None, waits_for=None),
        )

    def answered(self, source: "Run", *, at: datetime) -> "Run":
        """Return the run with the figures of `source`, an identical one that succeeded, whose result is
        its own too. Raises IllegalTransition when the run has ended."""
        begun = self._to(
            Status.RUNNING,
            attempt=self.attempt + 1,
            started_at=at,
            computed_by=source.computed_by,
            reuses=source.run_id,
            place=replace(self.place, waits_for=None, queue_at=None, next_launch_at=None),
        )
        # What the source was compared with, if anything, is its own affair.
        end = replace(source.end, verdict=None, difference=None)
        return begun._to(Status.SUCCEEDED, completed_at=at, end=end)

    def placed(self, **changes: Any) -> "Run":
        """Return the run with these fields of its place changed."""
        return replace(self, place=replace(self.place, **changes))

    def queued(self) -> "Run":
        """Return the run as it waits for a slot, in the order of creation and priority."""
        delay = BULK_DELAY if self.request.priority == "bulk" else timedelta()
        return self.placed(queue_at=self.created_at + delay, holds_slot=False, waits_for=None)

    def launched(self, *, at: datetime) -> "Run":
        """Return the run with a slot for one more launch; the reconciler looks again after the grace."""
        return self.placed(
            queue_at=None,
            holds_slot=True,
            launches=self.place.launches + 1,
            launched_at=at,
            next_launch_at=at + LAUNCH_GRACE,
        )

    def sent_back(self) -> "Run":
        """Return the run back in the queue, as the launcher had no room; that launch does not count."""
        return self.queued().placed(launches=self.place.launches - 1)

    def behind(self, first: str) -> "Run":
        """Return the run as it waits for the result of the identical run `first`."""
        return self.placed(waits_for=first, queue_at=None, next_launch_at=None)
