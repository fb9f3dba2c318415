"""Cancel a run in whatever open state it is."""

from ..errors import LauncherUnavailable, Superseded
from ..messages import Message
from ..run import Run
from .dispatch import Dispatch


def cancel(run_id: str, dispatch: Dispatch, *, actor: str = "web") -> Run:
    """End an open run as FAILED(cancelled), then stop its worker, and return the run.

    The row comes first: a worker that is not reached in time finds itself superseded.
    Raises RunNotFound, RunAlreadyEnded.
    """
    while True:
        run = dispatch.runs.get(run_id)
        message = Message("CANCELLED")
        try:
            ended = dispatch.fail(run, kind="cancelled", code=message.kind, message=message, actor=actor)
        except Superseded:
            continue  # a transition came in between; each is forward, so this ends
        try:
            for job in dispatch.launcher.jobs():
                if job.run_id == run_id:
                    dispatch.launcher.delete(job)
        except LauncherUnavailable:
            pass  # the reconciler deletes the job of an ended run
        return ended
