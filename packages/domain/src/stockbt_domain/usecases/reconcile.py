"""Bring rows and jobs together again after any fault."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..errors import LauncherUnavailable, RunNotFound, Superseded
from ..ports.clock import Clock
from ..ports.job_launcher import Job, JobLauncher, JobState
from ..ports.run_repository import OpenRun, RunRepository
from ..request import read_request
from ..run import Run, Status
from .settle import settle
from .submit import fail, launch, rejected_reason

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


@dataclass(frozen=True, slots=True)
class _Desk:
    """What every step of a pass works with."""

    runs: RunRepository
    launcher: JobLauncher
    clock: Clock
    budget: Budget
    actor: str


def reconcile(
    *,
    runs: RunRepository,
    launcher: JobLauncher,
    clock: Clock,
    budget: Budget | None = None,
    max_active: int | None = None,
    actor: str = "reconciler",
) -> Pass:
    """Make one pass. Rows are read first and jobs second, so that a job without a row is one that ended
    in between; every act is a compare-and-set. Then slots that are free are given to the first in the queue,
    at most `max_active` at once, and their jobs are launched. Raises LauncherUnavailable and
    StorageUnavailable, and then nothing was concluded from silence.
    """
    desk = _Desk(runs, launcher, clock, budget or Budget(), actor)
    rows = runs.open_runs()
    ended = tuple(run for run in runs.winding_down() if run.launcher == launcher.name)
    jobs = {job.run_id: job for job in launcher.jobs()}
    tally = {"launched": 0, "failed": 0}
    for row in rows:
        if row.run.launcher != launcher.name or row.run.waits_for is not None:
            continue
        try:
            act = _decide(row, jobs.get(row.run.run_id), desk)
        except Superseded:
            continue
        if act:
            tally[act] += 1
    open_ids = {row.run.run_id for row in rows}
    deleted, over = _sweep(ended, jobs, desk)
    deleted += _stray(open_ids | {run.run_id for run in ended}, jobs, desk)
    _settle_waiting(rows, open_ids, desk)
    launched, failed = _admit(max_active, desk)
    waiting = sum(1 for row in rows if row.run.queue_at is not None or row.run.waits_for is not None)
    return Pass(
        len(rows), tally["launched"] + launched, tally["failed"] + failed, deleted, waiting, tuple(over)
    )


def _decide(row: OpenRun, job: Job | None, desk: _Desk) -> str | None:
    """Act on one open run of this launcher; return what it was, "launched" or "failed"."""
    run = row.run
    if job is None:
        return _without_job(row, desk)
    if job.state is JobState.ACTIVE:
        return _active(row, job, desk)
    if job.state is JobState.FAILED:
        if job.retry and run.launches < SECOND_CHANCE:
            return _second_chance(run, job, desk)
        if run.status is Status.RUNNING and not (row.lease_expired or job.spent):
            return None  # another machine's worker may hold it: its lease tells
        sentence = job.message or "The worker ended without a result."
        _fail(run, job.code or "WORKER_LOST", sentence, desk)
        if job.retry and not job.spent:
            _delete(job, desk)
        return "failed"
    if row.lease_expired:
        _fail(run, "NO_RESULT", "The worker ended well but stored no result; run again.", desk)
        return "failed"
    return None


def _without_job(row: OpenRun, desk: _Desk) -> str | None:
    run = row.run
    if _too_long(run, desk):
        return _give_up(run, None, desk)
    if run.queue_at is not None:
        return _queued(run, desk)
    if run.status is Status.RUNNING:
        due = row.lease_expired
    else:
        due = run.next_launch_at is None or run.next_launch_at <= desk.clock.now()
    if not due:
        return None
    if run.data_hash is None:
        return _reject(run, desk)
    return _relaunch(run, desk)


def _queued(run: Run, desk: _Desk) -> str | None:
    """Let a run wait for its turn, but not for ever: a quota may stay full."""
    waited = (desk.clock.now() - run.created_at).total_seconds()
    if waited <= desk.budget.queue_seconds:
        return None
    sentence = (
        f"The run waited {waited / 3600:.0f} hours in line and there was no room;"
        " see what holds the places, then run again."
    )
    _fail(run, "START_DEADLINE", sentence, desk)
    return "failed"


def _active(row: OpenRun, job: Job, desk: _Desk) -> str | None:
    run = row.run
    if not run.holds_slot:  # launched by an earlier version, or by a launch that was given up
        desk.runs.save(run, replace(run, queue_at=None, holds_slot=True))
        run = replace(run, queue_at=None, holds_slot=True)
    if _too_long(run, desk):
        return _give_up(run, job, desk)
    if job.ready or job.age_seconds <= desk.budget.start_seconds:
        return None
    if run.status is Status.PENDING:
        sentence = (
            job.message
            or "The worker did not start in time; check its image and the free room, then run again."
        )
        _fail(run, "START_DEADLINE", sentence, desk)
        _delete(job, desk)
        return "failed"
    if not row.lease_expired:
        return None  # not seen, but alive: its lease tells
    desk.launcher.delete(job)  # its machine is gone, and so may be whoever should replace it
    return _relaunch(run, desk)


def _too_long(run: Run, desk: _Desk) -> bool:
    if run.status is not Status.RUNNING or run.started_at is None:
        return False
    return (desk.clock.now() - run.started_at).total_seconds() > desk.budget.run_seconds


def _give_up(run: Run, job: Job | None, desk: _Desk) -> str:
    """End a run that has used up its time, and its worker, which may hang while its heartbeat lives."""
    sentence = (
        f"The run took longer than {desk.budget.run_seconds:g} seconds and was stopped;"
        " choose a shorter range or a longer bar."
    )
    _fail(run, "DEADLINE_EXCEEDED", sentence, desk)
    if job is not None:
        _delete(job, desk)
    return "failed"


def _delete(job: Job, desk: _Desk) -> None:
    """Delete the job of a run that was ended just now; a later pass finds what could not be deleted."""
    try:
        desk.launcher.delete(job)
    except LauncherUnavailable:
        log.warning("the job could not be deleted yet", extra={"run_id": job.run_id})


def _reject(run: Run, desk: _Desk) -> str:
    """End an invalid run whose web died between recording it and saying why."""
    code, message = rejected_reason(read_request(run.request_text).problems)
    sentence = message or "The request was not valid when it came."
    fail(
        run,
        kind="user_error",
        code=code,
        message=sentence,
        runs=desk.runs,
        clock=desk.clock,
        actor=desk.actor,
    )
    return "failed"


def _second_chance(run: Run, job: Job, desk: _Desk) -> str | None:
    """Launch a run again whose worker is known to be dead, without waiting for its lease to run out."""
    log.warning(
        "the worker is lost; the run gets another", extra={"run_id": run.run_id, "cause": job.message}
    )
    desk.launcher.delete(job)
    if run.status is Status.RUNNING:
        desk.runs.renew_lease(run.run_id, run.attempt, 0)
    return _relaunch(run, desk)


def _relaunch(run: Run, desk: _Desk) -> str | None:
    """Launch a run again in the slot that it still holds, or send it to the queue for one."""
    if run.launches >= desk.budget.launches:
        return _spent(run, desk)
    if not run.holds_slot:
        desk.runs.save(run, run.queued())
        return None
    again = run.launched(at=desk.clock.now())
    desk.runs.save(run, again)
    return _launch(again, desk)


def _spent(run: Run, desk: _Desk) -> str:
    lost = run.status is Status.RUNNING
    what = "lost its worker" if lost else "never started"
    sentence = f"The run {what} after {desk.budget.launches} launches; run again."
    _fail(run, "WORKER_LOST" if lost else "START_DEADLINE", sentence, desk)
    return "failed"


def _launch(run: Run, desk: _Desk) -> str | None:
    """Start the job of a run that holds a slot; return None where that is not known to be done."""
    after = launch(run, runs=desk.runs, launcher=desk.launcher, clock=desk.clock, actor=desk.actor)
    if after.status is Status.FAILED:
        return "failed"
    if after != run:
        return None
    log.info("run launched by the reconciler", extra={"run_id": run.run_id, "launches": run.launches})
    return "launched"


def _fail(run: Run, code: str, message: str, desk: _Desk) -> None:
    fail(
        run,
        kind="system_error",
        code=code,
        message=message,
        runs=desk.runs,
        clock=desk.clock,
        actor=desk.actor,
    )
    log.warning("run failed", extra={"run_id": run.run_id, "error_code": code})


def _sweep(ended: tuple[Run, ...], jobs: Mapping[str, Job], desk: _Desk) -> tuple[int, list[Run]]:
    """Delete the jobs of ended runs, succeeded ones at once; failed ones are evidence and stay. Take the
    slots back of those whose job is over; return how many jobs were deleted, and those runs."""
    deleted = 0
    over: list[Run] = []
    for run in ended:
        job = jobs.get(run.run_id)
        if job is None:
            # A run that nobody ever claimed may still have its launch under way.
            if run.attempt == 0 and run.next_launch_at is not None and run.next_launch_at > desk.clock.now():
                continue
        elif _unwanted(run, job):
            try:
                desk.launcher.delete(job)
            except LauncherUnavailable:
                log.warning("the job could not be deleted yet", extra={"run_id": run.run_id})
                continue
            deleted += 1
        elif job.state is JobState.ACTIVE:
            continue  # its pods wind down
        over.append(run)
    if over:
        desk.runs.release([run.run_id for run in over])
    return deleted, over


def _unwanted(run: Run, job: Job) -> bool:
    stopped = run.error_code in STOPPED and job.state is JobState.ACTIVE
    return run.status is Status.SUCCEEDED or stopped


def _stray(known: set[str], jobs: Mapping[str, Job], desk: _Desk) -> int:
    """Delete jobs that came to be after their run had ended and was swept, and return how many."""
    deleted = 0
    for run_id, job in jobs.items():
        if run_id in known or job.state is JobState.FAILED:
            continue
        run = _ended(run_id, desk.runs)
        if run is not None and _unwanted(run, job):
            _delete(job, desk)
            deleted += 1
    return deleted


def _ended(run_id: str, runs: RunRepository) -> Run | None:
    try:
        run = runs.get(run_id)
    except RunNotFound:
        return None  # a job of another installation in the same place
    return run if run.status.terminal else None


def _settle_waiting(rows: tuple[OpenRun, ...], open_ids: set[str], desk: _Desk) -> None:
    """Let runs go on whose awaited run ended without its end having told them."""
    awaited = {row.run.waits_for for row in rows if row.run.waits_for is not None}
    for run_id in sorted(awaited - open_ids):
        try:
            if not desk.runs.get(run_id).status.terminal:
                continue
        except RunNotFound:
            pass  # deleted since: they compute it themselves
        settle(run_id, runs=desk.runs, clock=desk.clock, actor=desk.actor)


def _admit(max_active: int | None, desk: _Desk) -> tuple[int, int]:
    """Give free slots to the first in the queue, launch them, and return how many began and how many failed.

    It stops where the launcher has no room or does not answer: those behind would fare no better.
    """
    launched = failed = 0
    while True:
        run = desk.runs.admit(desk.launcher.name, max_active=max_active, at=desk.clock.now())
        if run is None:
            return launched, failed
        try:
            act = _spent(run, desk) if run.launches > desk.budget.launches else _launch(run, desk)
        except Superseded:
            continue
        if act is None:
            return launched, failed
        launched += act == "launched"
        failed += act == "failed"
