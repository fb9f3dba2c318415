"""Execute a run's row again, to compare the two results."""

from dataclasses import replace

from ..errors import Conflict
from ..messages import Message
from ..run import LAUNCH_GRACE, Place, Run, Status
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
        request_text=old.request_text,
        request=replace(old.request, reuse=False),  # a result that is only copied would compare with itself
        pin=old.pin,
        place=Place(next_launch_at=now + LAUNCH_GRACE),
        reproduces=old.run_id,
    ).queued()
    return dispatch.start(dispatch.add(new, actor=actor), actor=actor)
