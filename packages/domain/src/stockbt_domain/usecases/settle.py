"""Let the runs that waited for another's result go on when that one has ended."""

import logging

from ..errors import NoResult, StorageUnavailable, Superseded
from ..ports.clock import Clock
from ..ports.run_repository import RunRepository
from ..run import Run

log = logging.getLogger(__name__)


def settle(run_id: str, *, runs: RunRepository, clock: Clock, actor: str) -> None:
    """Answer every run that waits for the ended run `run_id` from its result. Where it has none, the
    oldest of them queues itself and the others wait for that one.

    Whatever cannot be done now is left to the reconciler, which does the same.
    """
    first: Run | None = None
    try:
        for waiting in runs.waiting_for(run_id):
            try:
                if first is None:
                    first = _answered_or_first(waiting, runs, clock, actor)
                else:
                    runs.save(waiting, waiting.behind(first.run_id))
            except Superseded:
                continue
    except StorageUnavailable:
        log.warning("the runs that waited are left to the reconciler", extra={"run_id": run_id})


def _answered_or_first(waiting: Run, runs: RunRepository, clock: Clock, actor: str) -> Run | None:
    try:
        runs.answer(waiting, at=clock.now(), actor=actor)
    except NoResult:
        queued = waiting.queued()
        runs.save(waiting, queued)
        return queued
    return None
