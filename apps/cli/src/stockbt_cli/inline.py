"""Runs that are executed in the process that asked for them."""

import time
from contextlib import AbstractContextManager

from stockbt_domain.errors import Superseded
from stockbt_domain.ports import Job
from stockbt_domain.run import Run
from stockbt_domain.usecases import execute

from .desk import Tell
from .machine import Machine


class InlineLauncher:
    """Starts nothing: the command executes the run afterwards."""

    name = "LOCAL"

    def launch(self, run_id: str) -> None:
        """Leave the run to the command."""

    def jobs(self) -> tuple[Job, ...]:
        """Return none: this process is no job that another one could find."""
        return ()

    def delete(self, job: Job) -> None:
        """Do nothing: there are no jobs."""


def execute_here(run_id: str, machine: Machine, *, actor: str, tell: Tell) -> Run:
    """Execute the run in this process and return it when it has ended, by whomever.

    A running web app may launch the run as well: then the faster one computes, and this one waits for
    it, or takes over when it is lost. Raises RunNotFound, BadConfiguration and StorageUnavailable.
    """
    from stockbt_worker.heartbeat import heartbeat
    from stockbt_worker.settings import Settings

    settings = Settings.from_env({**machine.env, "RUN_ID": run_id})
    bench = machine.bench(settings.image_tag, settings.engine_version)

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
