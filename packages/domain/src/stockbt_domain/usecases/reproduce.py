"""Execute a run's row again, to compare the two results."""

from ..errors import Conflict
from ..messages import Message
from ..run import LAUNCH_GRACE, Run, Status
from .workbench import Workbench


def reproduce(run_id: str, bench: Workbench, *, actor: str = "web") -> Run:
    """Store and launch a new run of the same input, pinned to the same data, that names the old one.

    Raises RunNotFound, and Conflict for a run without a result to compare with.
    """
    dispatch = bench.dispatch
    old = dispatch.runs.get(run_id)
    if old.status is not Status.SUCCEEDED:
        raise Conflict(Message("NO_RESULT_YET.compared", run_id=run_id, status=old.status))
    now = dispatch.clock.now()
    new = Run(
        run_id=bench.ids.new_id(),
        created_at=now,
        launcher=dispatch.launcher.name,
        reproduces=old.run_id,
        next_launch_at=now + LAUNCH_GRACE,
        **{name: getattr(old, name) for name in INPUT_FIELDS},
    ).queued()
    return dispatch.start(dispatch.add(new, actor=actor), actor=actor)


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
