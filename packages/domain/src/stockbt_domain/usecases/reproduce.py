"""Execute a run's row again, to compare the two results."""

from ..errors import Conflict
from ..ports.clock import Clock
from ..ports.id_generator import IdGenerator
from ..ports.job_launcher import JobLauncher
from ..ports.run_repository import RunRepository
from ..run import LAUNCH_GRACE, Run, Status
from .submit import add, start


def reproduce(
    run_id: str,
    *,
    runs: RunRepository,
    launcher: JobLauncher,
    clock: Clock,
    ids: IdGenerator,
    max_active: int | None = None,
    actor: str = "web",
) -> Run:
    """Store and launch a new run of the same input, pinned to the same data, that names the old one.

    Raises RunNotFound, and Conflict for a run without a result to compare with.
    """
    old = runs.get(run_id)
    if old.status is not Status.SUCCEEDED:
        raise Conflict(f"run {run_id} is {old.status}: only a SUCCEEDED run has a result to compare with")
    now = clock.now()
    new = Run(
        run_id=ids.new_id(),
        created_at=now,
        launcher=launcher.name,
        reproduces=old.run_id,
        next_launch_at=now + LAUNCH_GRACE,
        **{name: getattr(old, name) for name in INPUT_FIELDS},
    ).queued()
    stored = add(new, runs=runs, actor=actor, max_active=max_active)
    return start(stored, runs=runs, launcher=launcher, clock=clock, actor=actor)


INPUT_FIELDS = (
    "request_text",
    "ticker",
    "rule_type",
    "rule_id",
    "params_text",
    "start_date",
    "end_date",
    "initial_capital",
    "fee_rate",
    "slippage_bps",
    "size_type",
    "position_size",
    "direction",
    "timeframe",
    "execution",
    "data_hash",
    "adjusted",
    "engine",
    "priority",
)
"""What a run was asked and pinned to: all that its repetition shares with it."""
