"""How runs come to their jobs and to an end that others wait for: bound once per app."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from ..errors import (
    LaunchDeferred,
    LauncherUnavailable,
    LaunchRejected,
    NoResult,
    RunAlreadyEnded,
    RunNotFound,
    StorageUnavailable,
    Superseded,
)
from ..idempotency import IdempotencyKey
from ..messages import Message
from ..ports.clock import Clock
from ..ports.job_launcher import JobLauncher
from ..ports.run_repository import RunRepository
from ..problems import LONGEST_MESSAGE, shortened
from ..run import Run, RunEvent, Status

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Where runs are, what starts them, the time, and how many may have jobs at once.

    Whoever starts, launches or ends a run does it through this value, so that no caller can leave out a
    part of it: a reproduction once ignored the limit that its caller had not passed on. `max_active` None
    is as many as the launcher has room for.
    """

    runs: RunRepository
    launcher: JobLauncher
    clock: Clock
    max_active: int | None = None

    def add(self, run: Run, *, actor: str, idempotency: IdempotencyKey | None = None) -> Run:
        """Store a new run with its first event; return the stored one, the first of its key.

        Raises IdempotencyConflict, StorageUnavailable.
        """
        event = RunEvent(None, Status.PENDING, run.created_at, 0, actor, Message("EVENT.submitted"))
        return self.runs.add(run, event, idempotency=idempotency, max_active=self.max_active)

    def admit(self) -> Run | None:
        """Give a slot to the first in the queue and return it; None where there is neither."""
        return self.runs.admit(self.launcher.name, max_active=self.max_active, at=self.clock.now())

    def start(self, run: Run, *, actor: str) -> Run:
        """Launch a stored new run if it has a slot, and return it as it is then."""
        if run.place.holds_slot:
            return self.launch(run, actor=actor)
        if run.place.waits_for is not None:
            try:
                first = self.runs.get(run.place.waits_for)
            except RunNotFound:
                return run
            if first.status.terminal:  # it ended while this one was being stored, and did not see it
                self.settle(first.run_id, actor=actor)
                return self.runs.get(run.run_id)
        return run

    def launch(self, run: Run, *, actor: str) -> Run:
        """Start the job of a stored run that holds a slot for it, and return the run as it is then.

        Refused for good: FAILED. No room: back in the queue, without the slot. An unknown outcome: it keeps
        the slot, and the reconciler tries again.
        """
        try:
            self.launcher.launch(run.run_id)
        except LaunchRejected as error:
            ended = self.fail(
                run, kind="system_error", code="LAUNCH_REJECTED", message=str(error), actor=actor
            )
            self.runs.release([run.run_id])
            return ended
        except LaunchDeferred:
            after = run.sent_back()
        except LauncherUnavailable as error:
            due = self.clock.now() + backoff(run.place.launches - 1, error.retry_after)
            after = run.placed(next_launch_at=due)
        else:
            return run
        try:
            self.runs.save(run, after)
        except Superseded:
            return self.runs.get(run.run_id)  # the worker was faster: the row is already ahead of this note
        return after

    def fail(self, run: Run, *, kind: str, code: str, message: str, actor: str) -> Run:
        """End an open run with its reason and return it. Raises RunAlreadyEnded, Superseded."""
        if run.status.terminal:
            raise RunAlreadyEnded(Message("RUN_ENDED", run_id=run.run_id, status=run.status))
        now = self.clock.now()
        message = shortened(message, longest=LONGEST_MESSAGE - len(f"{code}: "))
        after = run.failed(at=now, kind=kind, code=code, message=message)
        event = RunEvent(run.status, Status.FAILED, now, run.attempt, actor, f"{code}: {message}")
        self.runs.save(run, after, event=event)
        self.settle(run.run_id, actor=actor)
        return after

    def settle(self, run_id: str, *, actor: str) -> None:
        """Answer every run that waits for the ended run `run_id` from its result. Where it has none, the
        oldest of them queues itself and the others wait for that one.

        Whatever cannot be done now is left to the reconciler, which does the same.
        """
        first: Run | None = None
        try:
            for waiting in self.runs.waiting_for(run_id):
                try:
                    if first is None:
                        first = self._answered_or_first(waiting, actor)
                    else:
                        self.runs.save(waiting, waiting.behind(first.run_id))
                except Superseded:
                    continue
        except StorageUnavailable:
            log.warning("the runs that waited are left to the reconciler", extra={"run_id": run_id})

    def _answered_or_first(self, waiting: Run, actor: str) -> Run | None:
        try:
            self.runs.answer(waiting, at=self.clock.now(), actor=actor)
        except NoResult:
            queued = waiting.queued()
            self.runs.save(waiting, queued)
            return queued
        return None


def backoff(launches: int, asked: float = 0.0) -> timedelta:
    """Return the wait before the next launch: 2 s, doubled with each, or what the launcher asked for
    where that is longer; at most 60 s."""
    return timedelta(seconds=min(60.0, max(asked, 2.0 * 2 ** min(launches, 10))))
