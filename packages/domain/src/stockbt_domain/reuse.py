"""One result for identical runs: when a run may answer from another's, and how its history tells it."""

from datetime import datetime

from .messages import Message
from .run import Run, RunEvent, Status


def may_answer(source: Run, run: Run) -> bool:
    """Return whether `source` has a result of its own that is `run`'s as well.

    One that failed to reproduce another's result is no source.
    """
    return (
        source.status is Status.SUCCEEDED
        and source.reuses is None
        and source.end.verdict != "different"
        and source.run_key is not None
        and source.run_key == run.run_key
    )


def answered(run: Run, source: Run, *, at: datetime, actor: str) -> tuple[Run, tuple[RunEvent, ...]]:
    """Return the run with the result of `source`, and its two events, which are stored together: the
    states are those of every run, PENDING, RUNNING, SUCCEEDED."""
    after = run.answered(source, at=at)
    reason = Message("EVENT.reused", run_id=source.run_id)
    return after, (
        RunEvent(run.status, Status.RUNNING, at, after.attempt, actor, reason),
        RunEvent(Status.RUNNING, Status.SUCCEEDED, at, after.attempt, actor, reason),
    )
