"""Bring rows and jobs together again after any fault."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import LauncherUnavailable, RunNotFound, Superseded
from ..messages import Message
from ..open_runs import OpenRun
from ..ports.clock import Clock
from ..ports.job_launcher import Job, JobLauncher, JobState
from ..ports.run_repository import RunRepository
from ..problems import bounded
from ..request import read_request
from ..run import Run, Status
from .dispatch import Dispatch
from .submit import rejected_reason

log = logging.getLogger(__name__)

SECOND_CHANCE = 2
"""Launches of a run whose launcher does not restart workers itself: as a Job with backoffLimit 1."""

STOPPED = frozenset({"CANCELLED", "START_DEADLINE", "DEADLINE_EXCEEDED"})
"""Error codes of runs that were ended from here: their jobs may not go on."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a run may use up before it is given up: launches, seconds until its worker is ready,
    seconds from its first claim to its end, and seconds from its submission to its turn."""

    launches: int = 5
    start_seconds: float = 300.0
    run_seconds: float = 3600.0
    queue_seconds: float = 86400.0


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass did: how many open runs it saw, launched, failed, and jobs it deleted; `waiting` of
    the open ones stood in the queue or waited for another's result when it began, and the slots of the ended
    runs in `over` were taken back, which happens once to each."""

    open: int = 0
    launched: int = 0
    failed: int = 0
    deleted: int = 0
    waiting: int = 0
    over: tuple[Run, ...] = ()


def reconcile(dispatch: Dispatch, *, budget: Budget | None = None, actor: str = "reconciler") -> Pass:
    """Make one pass. Rows are read first and jobs second, so that a job without a row is one that ended
    in between; every act is a compare-and-set. Then slots that are free are given to the first in the queue,
    at most the dispatch's `max_active` at once, and their jobs are launched. Raises LauncherUnavailable and
    StorageUnavailable, and then nothing was concluded from silence.
    """
    work = _Reconciliation(dispatch, budget or Budget(), actor)
    runs, launcher = dispatch.runs, dispatch.launcher
    rows = runs.open_runs()
    ended = tuple(run for run in runs.winding_down() if run.launcher == launcher.name)
    jobs = {job.run_id: job for job in launcher.jobs()}
    tally = {"launched": 0, "failed": 0}
    for row in rows:
        if row.run.launcher != launcher.name or row.run.place.waits_for is not None:
            continue
        try:
            act = work.decide(row, jobs.get(row.run.run_id))
        except Superseded:
            continue
        if act:
            tally[act] += 1
    open_ids = {row.run.run_id for row in rows}
    deleted, over = work.sweep(ended, jobs)
    deleted += work.stray(open_ids | {run.run_id for run in ended}, jobs)
    work.settle_waiting(rows, open_ids)
    launched, failed = work.admit()
    waiting = sum(
        1 for row in rows if row.run.place.queue_at is not None or row.run.place.waits_for is not None
    )
    return Pass(
        len(rows), tally["launched"] + launched, tally["failed"] + failed, deleted, waiting, tuple(over)
    )


@dataclass(frozen=True, slots=True)
class _Reconciliation:
    """One pass at work: through what runs are launched and ended, within which budget, as whom."""

    dispatch: Dispatch
    budget: Budget
    actor: str

    @property
    def runs(self) -> RunRepository:
        return self.dispatch.runs

    @property
    def launcher(self) -> JobLauncher:
        return self.dispatch.launcher

    @property
    def clock(self) -> Clock:
        return self.dispatch.clock

    def decide(self, row: OpenRun, job: Job | None) -> str | None:
        """Act on one open run of this launcher; return what it was, "launched" or "failed"."""
        run = row.run
        if job is None:
            return self._without_job(row)
        if job.state is JobState.ACTIVE:
            return self._active(row, job)
        if job.state is JobState.FAILED:
            if job.retry and run.place.launches < SECOND_CHANCE:
                return self._second_chance(run, job)
            if run.status is Status.RUNNING and not (row.lease_expired or job.spent):
                return None  # another machine's worker may hold it: its lease tells
            self._fail(run, job.message or Message("WORKER_LOST"), code=job.code or "WORKER_LOST")
            if job.retry and not job.spent:
                self._delete(job)
            return "failed"
        if row.lease_expired:
            self._fail(run, Message("NO_RESULT"), code="NO_RESULT")
            return "failed"
        return None

    def _without_job(self, row: OpenRun) -> str | None:
        run = row.run
        if self._too_long(run):
            return self._give_up(run, None)
        if run.place.queue_at is not None:
            return self._queued(run)
        if run.status is Status.RUNNING:
            due = row.lease_expired
        else:
            due = run.place.next_launch_at is None or run.place.next_launch_at <= self.clock.now()
        if not due:
            return None
        if run.pin is None:
            return self._reject(run)
        return self._relaunch(run)

    def _queued(self, run: Run) -> str | None:
        """Let a run wait for its turn, but not for ever: a quota may stay full."""
        waited = (self.clock.now() - run.created_at).total_seconds()
        if waited <= self.budget.queue_seconds:
            return None
        self._fail(run, Message("START_DEADLINE.queue", hours=f"{waited / 3600:.0f}"), code="START_DEADLINE")
        return "failed"

    def _active(self, row: OpenRun, job: Job) -> str | None:
        run = row.run
        if not run.place.holds_slot:  # launched by an earlier version, or by a launch that was given up
            held = run.placed(queue_at=None, holds_slot=True)
            self.runs.save(run, held)
            run = held
        if self._too_long(run):
            return self._give_up(run, job)
        if job.ready or job.age_seconds <= self.budget.start_seconds:
            return None
        if run.status is Status.PENDING:
            self._fail(run, job.message or Message("START_DEADLINE"), code="START_DEADLINE")
            self._delete(job)
            return "failed"
        if not row.lease_expired:
            return None  # not seen, but alive: its lease tells
        self.launcher.delete(job)  # its machine is gone, and so may be whoever should replace it
        return self._relaunch(run)

    def _too_long(self, run: Run) -> bool:
        if run.status is not Status.RUNNING or run.started_at is None:
            return False
        return (self.clock.now() - run.started_at).total_seconds() > self.budget.run_seconds

    def _give_up(self, run: Run, job: Job | None) -> str:
        """End a run that has used up its time, and its worker, which may hang while its heartbeat lives."""
        message = Message("DEADLINE_EXCEEDED", seconds=f"{self.budget.run_seconds:g}")
        self._fail(run, message, code="DEADLINE_EXCEEDED")
        if job is not None:
            self._delete(job)
        return "failed"

    def _delete(self, job: Job) -> None:
        """Delete the job of a run that was ended just now; a later pass finds what could not be deleted."""
        try:
            self.launcher.delete(job)
        except LauncherUnavailable:
            log.warning("the job could not be deleted yet", extra={"run_id": job.run_id})

    def _reject(self, run: Run) -> str:
        """End an invalid run whose web died between recording it and saying why."""
        code, message = rejected_reason(bounded(read_request(run.request_text).problems))
        message = message or Message("INVALID_PARAMS")
        self.dispatch.fail(run, kind="user_error", code=code, message=message, actor=self.actor)
        return "failed"

    def _second_chance(self, run: Run, job: Job) -> str | None:
        """Launch a run again whose worker is known to be dead, without waiting for its lease to run out."""
        log.warning(
            "the worker is lost; the run gets another", extra={"run_id": run.run_id, "cause": job.message}
        )
        self.launcher.delete(job)
        if run.status is Status.RUNNING:
            self.runs.renew_lease(run.run_id, run.attempt, 0)
        return self._relaunch(run)

    def _relaunch(self, run: Run) -> str | None:
        """Launch a run again in the slot that it still holds, or send it to the queue for one."""
        if run.place.launches >= self.budget.launches:
            return self._spent(run)
        if not run.place.holds_slot:
            self.runs.save(run, run.queued())
            return None
        again = run.launched(at=self.clock.now())
        self.runs.save(run, again)
        return self._launch(again)

    def _spent(self, run: Run) -> str:
        lost = run.status is Status.RUNNING
        code = "WORKER_LOST.launches" if lost else "START_DEADLINE.launches"
        message = Message(code, count=self.budget.launches)
        self._fail(run, message, code=message.kind)
        return "failed"

    def _launch(self, run: Run) -> str | None:
        """Start the job of a run that holds a slot; return None where that is not known to be done."""
        after = self.dispatch.launch(run, actor=self.actor)
        if after.status is Status.FAILED:
            return "failed"
        if after != run:
            return None
        log.info(
            "run launched by the reconciler", extra={"run_id": run.run_id, "launches": run.place.launches}
        )
        return "launched"

    def _fail(self, run: Run, message: str, *, code: str) -> None:
        self.dispatch.fail(run, kind="system_error", code=code, message=message, actor=self.actor)
        log.warning("run failed", extra={"run_id": run.run_id, "error_code": code})

    def sweep(self, ended: tuple[Run, ...], jobs: Mapping[str, Job]) -> tuple[int, list[Run]]:
        """Delete the jobs of ended runs, succeeded ones at once; failed ones are evidence and stay. Take the
        slots back of those whose job is over; return how many jobs were deleted, and those runs."""
        deleted = 0
        over: list[Run] = []
        for run in ended:
            job = jobs.get(run.run_id)
            if job is None:
                # A run that nobody ever claimed may still have its launch under way.
                due = run.place.next_launch_at
                if run.attempt == 0 and due is not None and due > self.clock.now():
                    continue
            elif _unwanted(run, job):
                try:
                    self.launcher.delete(job)
                except LauncherUnavailable:
                    log.warning("the job could not be deleted yet", extra={"run_id": run.run_id})
                    continue
                deleted += 1
            elif job.state is JobState.ACTIVE:
                continue  # its pods wind down
            over.append(run)
        if over:
            self.runs.release([run.run_id for run in over])
        return deleted, over

    def stray(self, known: set[str], jobs: Mapping[str, Job]) -> int:
        """Delete jobs that came to be after their run had ended and was swept, and return how many."""
        deleted = 0
        for run_id, job in jobs.items():
            if run_id in known or job.state is JobState.FAILED:
                continue
            run = _ended(run_id, self.runs)
            if run is not None and _unwanted(run, job):
                self._delete(job)
                deleted += 1
        return deleted

    def settle_waiting(self, rows: tuple[OpenRun, ...], open_ids: set[str]) -> None:
        """Let runs go on whose awaited run ended without its end having told them."""
        awaited = {row.run.place.waits_for for row in rows if row.run.place.waits_for is not None}
        for run_id in sorted(awaited - open_ids):
            try:
                if not self.runs.get(run_id).status.terminal:
                    continue
            except RunNotFound:
                pass  # deleted since: they compute it themselves
            self.dispatch.settle(run_id, actor=self.actor)

    def admit(self) -> tuple[int, int]:
        """Give free slots to the first in the queue, launch them, and return how many began and failed.

        It stops where the launcher has no room or does not answer: those behind would fare no better.
        """
        launched = failed = 0
        while True:
            run = self.dispatch.admit()
            if run is None:
                return launched, failed
            try:
                act = self._spent(run) if run.place.launches > self.budget.launches else self._launch(run)
            except Superseded:
                continue
            if act is None:
                return launched, failed
            launched += act == "launched"
            failed += act == "failed"


def _unwanted(run: Run, job: Job) -> bool:
    stopped = run.end.error_code in STOPPED and job.state is JobState.ACTIVE
    return run.status is Status.SUCCEEDED or stopped


def _ended(run_id: str, runs: RunRepository) -> Run | None:
    try:
        run = runs.get(run_id)
    except RunNotFound:
        return None  # a job of another installation in the same place
    return run if run.status.terminal else None
