"""The reconciler in the background of the web app."""

import threading
from collections.abc import Iterator

import pytest
from stockbt_domain.open_runs import OpenRun
from stockbt_domain.testing import ManualClock, MemoryLauncher, MemoryLeader, MemoryRuns
from stockbt_domain.usecases.dispatch import Dispatch
from stockbt_web.operations.reconciler import Reconciler

from tests.domain.world import World

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
        self.over = False

    def hold(self):  # type: ignore[no-untyped-def]
        """Count and answer; when the test is over, hold up the thread that asks, which else would go on."""
        if self.over:
            threading.Event().wait()
        self.asked.release()
        return super().hold()


@pytest.fixture
def leader() -> Iterator[WatchedLeader]:
    """Return a leader for as long as the test lasts."""
    leader = WatchedLeader()
    yield leader
    leader.over = True


def test_no_pass_is_made_while_another_replica_makes_one(leader: WatchedLeader) -> None:
    """The reconciler asks each time, leaves the rows alone while another leads, and works afterwards."""
    runs = WatchedRuns()
    with leader.hold():
        leader.asked.acquire()
        Reconciler(every_seconds=0.01).start(Dispatch(runs, MemoryLauncher(), ManualClock()), leader=leader)
        asked = [leader.asked.acquire(timeout=SECONDS) for _ in range(3)]
        read_meanwhile = runs.read.is_set()

    assert (asked, read_meanwhile) == ([True] * 3, False)
    assert runs.read.wait(SECONDS)


def waiting_run(world: World) -> None:
    """Put a run in the queue behind one that holds the only slot."""
    world.limit(1)
    for _ in range(2):
        world.submit()


def test_passes_are_more_frequent_while_runs_wait(world: World, leader: WatchedLeader) -> None:
    """Nobody has to wake the reconciler for a slot that became free."""
    waiting_run(world)
    Reconciler(every_seconds=10_000, busy_seconds=0.01).start(world.dispatch, leader=leader)
    for job in world.launcher.jobs():
        world.execute(job.run_id)
    asked = [leader.asked.acquire(timeout=SECONDS) for _ in range(5)]

    assert asked == [True] * 5
    assert len(world.launcher.launched) == 2


def test_a_launcher_that_fails_does_not_stop_the_passes(world: World, leader: WatchedLeader) -> None:
    """The next pass comes by itself, soon, and finds it well again."""
    waiting_run(world)
    world.launcher.unavailable = True
    Reconciler(every_seconds=0.01).start(world.dispatch, leader=leader)
    asked = [leader.asked.acquire(timeout=SECONDS) for _ in range(3)]

    assert asked == [True] * 3
