"""Bring rows and jobs together again after any fault."""

import logging
from dataclasses import dataclass

from ..errors import LauncherUnavailable, RunNotFound, Superseded
from ..ports.clock import Clock
from ..ports.job_launcher import Job, JobLauncher, JobState
from ..ports.run_repository import OpenRun, RunRepository
from ..request import read_request
from ..run import Run, Status
from .submit import fail, launch, rejected_reason

log = logging.getLogger(__name__)

SECOND_CHANCE = 2
"""Launches of a run whose launcher does not restart workers itself: as a Job with backoffLimit 1."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a run may use up before it is given up: launches, and seconds until its worker is ready."""

    launches: int = 5
    start_seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass did: how many open runs it saw, launched, failed, and jobs it deleted."""

    open: int = 0
    launched: int = 0
    failed: int = 0
    deleted: int = 0


def reconcile(
    *,
    runs: RunRepository,
    launcher: JobLauncher,
    clock: Clock,
    budget: Budget | None = None,
    actor: str = "reconciler",
) -> Pass:
    """Make one pass. Open rows are read first and jobs second, so that a job without a row is one
    that ended in between; every act is a compare-and-set. Raises LauncherUnavailable and
    StorageUnavailable, and then nothing was concluded from silence.
    """
    budget = budget or Budget()
    rows = runs.open_runs()
    jobs = {job.run_id: job for job in launcher.jobs()}
    tally = {"launched": 0, "failed": 0, "deleted": 0, "waiting": 0}
    for row in rows:
        job = jobs.get(row.run.run_id)
        if job is None and tally["waiting"]:
            continue  # the launcher is full, and those before this run come first
        try:
            act = _decide(row, job, runs, launcher, clock, budget, actor)
        except Superseded:
            continue
        if act:
            tally[act] += 1
    tally["deleted"] += _sweep({row.run.run_id for row in rows}, jobs, runs, launcher)
    return Pass(len(rows), tally["launched"], tally["failed"], tally["deleted"])


def _decide(
    row: OpenRun,
    job: Job | None,
    runs: RunRepository,
    launcher: JobLauncher,
    clock: Clock,
    budget: Budget,
    actor: str,
) -> str | None:
    run = row.run
    if run.launcher != launcher.name:
        return None
    if job is not None and job.state is JobState.ACTIVE:
        if job.ready or job.age_seconds <= budget.start_seconds:
            return None
        if run.status is Status.PENDING:
            sentence = (
                job.message
                or "The worker did not start in time; check its image and the free room, then run again."
            )
            _fail(run, "START_DEADLINE", sentence, runs, clock, actor)
            launcher.delete(job)
            return "failed"
        if not row.lease_expired:
            return None  # not seen, but alive: its lease tells
        launcher.delete(job)  # its machine is gone, and so may be whoever should replace it
        return _relaunch(run, runs, launcher, clock, budget, actor)
    if job is not None and job.state is JobState.FAILED:
        if job.retry and run.launches < SECOND_CHANCE:
            return _second_chance(run, job, runs, launcher, clock, budget, actor)
        if run.status is Status.RUNNING and not (row.lease_expired or job.spent):
            return None  # another machine's worker may hold it: its lease tells
        sentence = job.message or "The worker ended without a result."
        _fail(run, job.code or "WORKER_LOST", sentence, runs, clock, actor)
        if job.retry and not job.spent:
            launcher.delete(job)
        return "failed"
    if job is not None and job.state is JobState.SUCCEEDED and row.lease_expired:
        _fail(run, "NO_RESULT", "The worker ended well but stored no result; run again.", runs, clock, actor)
        return "failed"
    if job is None and _due(row, clock):
        if run.data_hash is None:
            return _reject(run, runs, clock, actor)
        return _relaunch(run, runs, launcher, clock, budget, actor)
    return None


def _reject(run: Run, runs: RunRepository, clock: Clock, actor: str) -> str:
    """End an invalid run whose web died between recording it and saying why."""
    code, message = rejected_reason(read_request(run.request_text).problems)
    sentence = message or "The request was not valid when it came."
    fail(run, kind="user_error", code=code, message=sentence, runs=runs, clock=clock, actor=actor)
    return "failed"


def _second_chance(
    run: Run, job: Job, runs: RunRepository, launcher: JobLauncher, clock: Clock, budget: Budget, actor: str
) -> str:
    """Launch a run again whose worker is known to be dead, without waiting for its lease to run out."""
    log.warning(
        "the worker is lost; the run gets another", extra={"run_id": run.run_id, "cause": job.message}
    )
    launcher.delete(job)
    if run.status is Status.RUNNING:
        runs.renew_lease(run.run_id, run.attempt, 0)
    return _relaunch(run, runs, launcher, clock, budget, actor)


def _due(row: OpenRun, clock: Clock) -> bool:
    if row.run.status is Status.RUNNING:
        return row.lease_expired
    return row.run.next_launch_at is None or row.run.next_launch_at <= clock.now()


def _relaunch(
    run: Run, runs: RunRepository, launcher: JobLauncher, clock: Clock, budget: Budget, actor: str
) -> str:
    if run.launches >= budget.launches:
        lost = run.status is Status.RUNNING
        code = "WORKER_LOST" if lost else "START_DEADLINE"
        what = "lost its worker" if lost else "never started"
        _fail(run, code, f"The run {what} after {run.launches} launches; run again.", runs, clock, actor)
        return "failed"
    after = launch(run, runs=runs, launcher=launcher, clock=clock, actor=actor)
    if after.status is Status.FAILED:
        return "failed"
    if after == run:
        return "waiting"
    log.info("run launched by the reconciler", extra={"run_id": run.run_id, "launches": after.launches})
    return "launched"


def _fail(run: Run, code: str, message: str, runs: RunRepository, clock: Clock, actor: str) -> None:
    log.warning("run failed", extra={"run_id": run.run_id, "error_code": code})
    fail(run, kind="system_error", code=code, message=message, runs=runs, clock=clock, actor=actor)


def _sweep(open_ids: set[str], jobs: dict[str, Job], runs: RunRepository, launcher: JobLauncher) -> int:
    """Delete the jobs of ended runs: succeeded ones at once; failed ones are evidence and stay."""
    deleted = 0
    for run_id, job in jobs.items():
        if run_id in open_ids:
            continue
        run = _ended(run_id, runs)
        if run is None:
            continue
        stray = job.state is JobState.ACTIVE and run.error_kind == "cancelled"
        if run.status is Status.SUCCEEDED or stray:
            try:
                launcher.delete(job)
                deleted += 1
            except LauncherUnavailable:
                log.warning("the job could not be deleted yet", extra={"run_id": run_id})
    return deleted


def _ended(run_id: str, runs: RunRepository) -> Run | None:
    try:
        run = runs.get(run_id)
    except RunNotFound:
        return None  # a job of another installation in the same place
    return run if run.status.terminal else None
