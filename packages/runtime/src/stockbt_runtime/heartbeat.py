"""The heartbeat: a thread that keeps a run's lease alive while the engine works."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from stockbt_domain.errors import StorageUnavailable, Superseded
from stockbt_domain.ports import RunRepository
from stockbt_domain.run import Run

log = logging.getLogger(__name__)


@contextmanager
def heartbeat(run: Run, runs: RunRepository, *, lease_seconds: float, every_seconds: float) -> Iterator[None]:
    """Renew the lease of `run`'s attempt every `every_seconds` until the block is left."""
    done = threading.Event()

    def beat() -> None:
        while not done.wait(every_seconds):
            try:
                runs.renew_lease(run.run_id, run.attempt, lease_seconds)
            except Superseded:
                log.warning("the run is no longer this worker's", extra={"run_id": run.run_id})
                return
            except StorageUnavailable:
                log.warning("the lease could not be renewed", extra={"run_id": run.run_id})

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(timeout=every_seconds)
