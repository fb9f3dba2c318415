"""The reconciler in the background of the web app."""

import logging
import threading
import time

from stockbt_domain.errors import LauncherUnavailable, StorageUnavailable
from stockbt_domain.ports import Leader
from stockbt_domain.usecases.dispatch import Dispatch
from stockbt_domain.usecases.reconcile import Budget, Pass, reconcile

from .metrics import PASSES, count_pass

log = logging.getLogger(__name__)


class Reconciler:
    """Makes a pass at once when woken, every few seconds when not, and more often while runs wait for
    their turn."""

    def __init__(self, every_seconds: float = 5.0, *, busy_seconds: float = 1.0) -> None:
        """Make a reconciler that does nothing until it is started."""
        self._every = every_seconds
        self._busy = min(busy_seconds, every_seconds)
        self._awake = threading.Event()

    def wake(self) -> None:
        """Ask for a pass now, from any thread."""
        self._awake.set()

    def start(self, dispatch: Dispatch, *, leader: Leader, budget: Budget | None = None) -> None:
        """Begin, in a thread that ends with the process; no pass is made while another process makes one."""

        def work() -> None:
            while True:
                self._awake.clear()
                begin, done = time.monotonic(), None
                try:
                    with leader.hold() as leading:
                        done = Pass()
                        if leading:
                            done = reconcile(dispatch, budget=budget)
                            count_pass(done)
                except (StorageUnavailable, LauncherUnavailable) as error:
                    PASSES.labels("unknown").inc()
                    log.warning("the pass found out nothing: %s", error)
                except Exception:
                    PASSES.labels("failed").inc()
                    log.exception("the pass failed")
                # However often it is woken: half of the time is others', and a fault is not hammered at.
                time.sleep(self._busy if done is None else min(self._busy, time.monotonic() - begin))
                turns = done is not None and (done.waiting or (dispatch.max_active is not None and done.open))
                self._awake.wait(self._busy if turns else self._every)

        threading.Thread(target=work, name="reconciler", daemon=True).start()
