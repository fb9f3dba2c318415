"""The reconciler in the background of the web app."""

import logging
import threading

from stockbt_domain.errors import LauncherUnavailable, StorageUnavailable
from stockbt_domain.ports import Clock, JobLauncher, Leader, RunRepository
from stockbt_domain.usecases import Budget, reconcile

log = logging.getLogger(__name__)


class Reconciler:
    """Makes a pass at once when woken, and every few seconds when not."""

    def __init__(self, every_seconds: float = 5.0) -> None:
        """Make a reconciler that does nothing until it is started."""
        self._every = every_seconds
        self._awake = threading.Event()

    def wake(self) -> None:
        """Ask for a pass now, from any thread."""
        self._awake.set()

    def start(
        self,
        *,
        runs: RunRepository,
        launcher: JobLauncher,
        clock: Clock,
        leader: Leader,
        budget: Budget | None = None,
    ) -> None:
        """Begin, in a thread that ends with the process; no pass is made while another process makes one."""

        def work() -> None:
            while True:
                self._awake.clear()
                try:
                    with leader.hold() as leading:
                        if leading:
                            reconcile(runs=runs, launcher=launcher, clock=clock, budget=budget)
                except (StorageUnavailable, LauncherUnavailable) as error:
                    log.warning("the pass found out nothing: %s", error)
                except Exception:
                    log.exception("the pass failed")
                self._awake.wait(self._every)

        threading.Thread(target=work, name="reconciler", daemon=True).start()
