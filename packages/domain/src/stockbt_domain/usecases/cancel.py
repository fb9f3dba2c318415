"""Cancel a run in whatever open state it is."""

from ..errors import LauncherUnavailable, Superseded
from ..ports.clock import Clock
from ..ports.job_launcher import JobLauncher
from ..ports.run_repository import RunRepository
from ..run import Run
from .submit import fail


def cancel(
    run_id: str, *, runs: RunRepository, launcher: JobLauncher, clock: Clock, actor: str = "web"
) -> Run:
    """End an open run as FAILED(cancelled), then stop its worker, and return the run.

    The row comes first: a worker that is not reached in time finds itself superseded.
    Raises RunNotFound, RunAlreadyEnded.
    """
    while True:
        run = runs.get(run_id)
        try:
            ended = fail(
                run,
                kind="cancelled",
                code="CANCELLED",
                message="The run was cancelled before it ended.",
                runs=runs,
                clock=clock,
                actor=actor,
            )
        except Superseded:
            continue  # a transition came in between; each is forward, so this ends
        try:
            for job in launcher.jobs():
                if job.run_id == run_id:
                    launcher.delete(job)
        except LauncherUnavailable:
            pass  # the reconciler deletes the job of an ended run
        return ended
