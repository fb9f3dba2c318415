"""The reconciler in the background of the web app."""

import threading

from stockbt_domain.ports import OpenRun
from stockbt_domain.testing import ManualClock, MemoryLauncher, MemoryLeader, MemoryRuns
from stockbt_web.background import Reconciler

SECONDS = 30.0


class WatchedRuns(MemoryRuns):
    """A repository that tells when a pass reads it."""

    def __init__(self) -> None:
        super().__init__()
        self.read = threading.Event()

    def open_runs(self) -> tuple[OpenRun, ...]:
        """Tell that a pass has begun."""
        self.read.set()
        return super().open_runs()


class WatchedLeader(MemoryLeader):
    """A leader that counts how often it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Semaphore(0)

    def hold(self):  # type: ignore[no-untyped-def]
        """Count and answer."""
        self.asked.release()
        return super().hold()


def test_no_pass_is_made_while_another_replica_makes_one() -> None:
    """The reconciler asks each time, leaves the rows alone while another leads, and works afterwards."""
    runs, leader = WatchedRuns(), WatchedLeader()
    with leader.hold():
        leader.asked.acquire()
        Reconciler(every_seconds=0.01).start(
            runs=runs, launcher=MemoryLauncher(), clock=ManualClock(), leader=leader
        )
        asked = [leader.asked.acquire(timeout=SECONDS) for _ in range(3)]
        read_meanwhile = runs.read.is_set()

    assert (asked, read_meanwhile) == ([True] * 3, False)
    assert runs.read.wait(SECONDS)
