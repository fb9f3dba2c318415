"""Runs that are executed in the process that asked for them."""

import time
from contextlib import AbstractContextManager

from stockbt_domain.errors import RunNotFound, Superseded
from stockbt_domain.run import Run, Status
from stockbt_domain.usecases.execute import execute

from .backend import Tell
from .machine import Machine


def execute_here(run_id: str, machine: Machine, *, actor: str, tell: Tell) -> Run:
    """Execute the run in this process and return it when it has ended, by whomever.

    A running web app may launch the run as well: then the faster one computes, and this one waits for
    it, or takes over when it is lost. Raises RunNotFound, BadConfiguration and StorageUnavailable.
    """
    try:
        run = _when_its_turn(run_id, machine, actor=actor, tell=tell)
        return run if run.status.terminal else _execute(run_id, machine, actor=actor, tell=tell)
    finally:
        machine.bench.runs.release([run_id])  # of a run that has ended: it had no job


def _when_its_turn(run_id: str, machine: Machine, *, actor: str, tell: Tell) -> Run:
    """Return the run when it need not wait, or no longer, for another process that computes the same."""
    told = False
    while True:
        run = machine.bench.runs.get(run_id)
        if run.place.waits_for is None or run.status.terminal:
            return run
        try:
            first = machine.bench.runs.get(run.place.waits_for)
        except RunNotFound:
            first = None
        if first is None or first.status.terminal:
            machine.bench.dispatch.settle(run.place.waits_for, actor=actor)
            continue
        if not _is_worked_on(first, machine):
            return run
        if not told:
            tell(f"run {run_id} waits for the result of the identical run {first.run_id}")
            told = True
        time.sleep(0.2)


def _is_worked_on(run: Run, machine: Machine) -> bool:
    """Return whether a worker holds the run or is about to: one that is lost, or that has to wait for its
    turn, is not worth waiting for in a process that can compute."""
    if run.status is Status.RUNNING:
        open_runs = machine.bench.runs.open_runs()
        return any(known.run.run_id == run.run_id and not known.lease_expired for known in open_runs)
    return (
        run.place.holds_slot
        and run.place.next_launch_at is not None
        and run.place.next_launch_at > machine.bench.clock.now()
    )


def _execute(run_id: str, machine: Machine, *, actor: str, tell: Tell) -> Run:
    from stockbt_runtime.heartbeat import heartbeat

    settings, bench = machine.execution, machine.bench

    def keep_lease(run: Run) -> AbstractContextManager[None]:
        tell(f"run {run_id} is RUNNING")
        return heartbeat(
            run, bench.runs, lease_seconds=settings.lease_seconds, every_seconds=settings.heartbeat_seconds
        )

    while True:
        try:
            return execute(
                run_id,
                bench,
                actor=actor,
                lease_seconds=settings.lease_seconds,
                keep_lease=keep_lease,
                wait=time.sleep,
            )
        except Superseded:
            run = bench.runs.get(run_id)
            if run.status.terminal:
                return run
            tell(f"run {run_id} is with another worker")
