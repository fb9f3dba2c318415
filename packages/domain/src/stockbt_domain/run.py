"""A backtest run: a frozen value, and the table of its transitions."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from .errors import IllegalTransition, RunNotFound
from .messages import Message
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
class Run:
    """One backtest: what was asked, what it was pinned to, in which state it is and what came out.

    A run whose request was invalid keeps what could be read of it; the rest is None. The series of
    the result are not here: `RunRepository.result` reads them.

    An open run stands in the queue at `queue_at`, or holds a slot, or waits for the result of the run
    `waits_for`; a slot is given back only when the run's job is gone, which may be after the run's end.
    `launched_at` is the time of the last launch, `trace_context` the request's W3C traceparent.
    """

    run_id: str
    created_at: datetime
    launcher: str
    request_text: str = "{}"
    ticker: str | None = None
    rule_type: str | None = None
    rule_id: str | None = None
    params_text: str | None = None
    start_date: date | None = None
    end_date: date | None = None
    initial_capital: float | None = None
    fee_rate: float | None = None
    slippage_bps: float | None = None
    size_type: str | None = None
    position_size: float | None = None
    direction: str | None = None
    timeframe: str | None = None
    execution: str | None = None
    data_hash: str | None = None
    adjusted: bool = False
    engine: str = "legacy"
    engine_version: str | None = None
    engine_digest: str | None = None
    image_tag: str | None = None
    run_key: str | None = None
    status: Status = Status.PENDING
    attempt: int = 0
    launches: int = 0
    next_launch_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    error_kind: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    result_hash: str | None = None
    reproduces: str | None = None
    verdict: str | None = None
    difference: str | None = None
    warnings: tuple[Caveat, ...] = ()
    metrics: Metrics = field(default_factory=dict)
    priority: str = "single"
    reuse: bool = False
    reuses: str | None = None
    waits_for: str | None = None
    queue_at: datetime | None = None
    holds_slot: bool = False
    launched_at: datetime | None = None
    trace_context: str | None = None

    @property
    def title(self) -> str:
        """Return ticker, rule and range, for headings."""
        return f"{self.ticker} {self.rule_type} {self.start_date} to {self.end_date}"

    def _to(self, status: Status, **changes: Any) -> "Run":
        if status not in TRANSITIONS[self.status]:
            raise IllegalTransition(f"run {self.run_id} is {self.status} and cannot become {status}")
        return replace(self, status=status, **changes)

    def claimed(
        self, *, at: datetime, engine_version: str, engine_digest: str, image_tag: str, run_key: str | None
    ) -> "Run":
        """Return the run as its next attempt holds it. Raises IllegalTransition when it has ended."""
        return self._to(
            Status.RUNNING,
            attempt=self.attempt + 1,
            started_at=self.started_at or at,
            engine_version=engine_version,
            engine_digest=engine_digest,
            image_tag=image_tag,
            run_key=run_key,
            queue_at=None,
            waits_for=None,
        )

    def succeeded(
        self, result: Result, *, at: datetime, verdict: str | None, difference: str | None
    ) -> "Run":
        """Return the run with its result. Raises IllegalTransition unless it is RUNNING."""
        return self._to(
            Status.SUCCEEDED,
            completed_at=at,
            metrics=result.metrics,
            warnings=result.warnings,
            result_hash=result.hash,
            verdict=verdict,
            difference=difference,
        )

    def failed(self, *, at: datetime, kind: str, code: str, message: str) -> "Run":
        """Return the run with the reason of its end. Raises IllegalTransition when it had ended."""
        return self._to(
            Status.FAILED,
            completed_at=at,
            error_kind=kind,
            error_code=code,
            error_message=message,
            queue_at=None,
            waits_for=None,
        )

    def answered(self, source: "Run", *, at: datetime) -> "Run":
        """Return the run with the figures of `source`, an identical one that succeeded, whose result is
        its own too. Raises IllegalTransition when the run has ended."""
        begun = self._to(
            Status.RUNNING,
            attempt=self.attempt + 1,
            started_at=at,
            engine_version=source.engine_version,
            engine_digest=source.engine_digest,
            image_tag=source.image_tag,
            reuses=source.run_id,
            waits_for=None,
            queue_at=None,
            next_launch_at=None,
        )
        return begun._to(
            Status.SUCCEEDED,
            completed_at=at,
            metrics=source.metrics,
            warnings=source.warnings,
            result_hash=source.result_hash,
        )

    def changes_to(self, after: "Run") -> dict[str, Any]:
        """Return the fields in which `after` differs, with its values."""
        names = [field.name for field in fields(self)]
        return {name: getattr(after, name) for name in names if getattr(self, name) != getattr(after, name)}

    def queued(self) -> "Run":
        """Return the run as it waits for a slot, in the order of creation and priority."""
        delay = BULK_DELAY if self.priority == "bulk" else timedelta()
        return replace(self, queue_at=self.created_at + delay, holds_slot=False, waits_for=None)

    def launched(self, *, at: datetime) -> "Run":
        """Return the run with a slot for one more launch; the reconciler looks again after the grace."""
        return replace(
            self,
            queue_at=None,
            holds_slot=True,
            launches=self.launches + 1,
            launched_at=at,
            next_launch_at=at + LAUNCH_GRACE,
        )

    def sent_back(self) -> "Run":
        """Return the run back in the queue, as the launcher had no room; that launch does not count."""
        return replace(self.queued(), launches=self.launches - 1)

    def behind(self, first: str) -> "Run":
        """Return the run as it waits for the result of the identical run `first`."""
        return replace(self, waits_for=first, queue_at=None, next_launch_at=None)
