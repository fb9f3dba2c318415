"""What a worker may do to its run, wherever it is killed, stopped or cut off: real processes, real MySQL."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from stockbt_adapters_local.launcher import LocalLauncher
from stockbt_domain.errors import RunAlreadyEnded
from stockbt_domain.usecases.cancel import cancel
from stockbt_domain.usecases.dispatch import Dispatch
from stockbt_domain.usecases.reconcile import Budget, reconcile

from tests.mysql_server import MySqlServer
from tests.tcp_proxy import Proxy
from tests.waiting import until

from .interrupted_worker import STEPS
from .manual_workers import ManualWorkers, workers_on
from .targets import LEASE_SECONDS, Server

pytestmark = pytest.mark.docker

SUPERSEDED = 12
AWAY_SECONDS = float(os.environ.get("STOCKBT_TEST_AWAY_SECONDS", "6"))
"""How long MySQL is away while a worker finishes; `make chaos` sets a minute."""


@pytest.fixture(scope="module")
def workers(mysql_server: MySqlServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ManualWorkers]:
    """A database of its own, where nothing happens by itself."""
    with workers_on(Server(mysql_server, "workers"), tmp_path_factory.mktemp("workers")) as opened:
        yield opened


LEFT = {
    "before claim": [("PENDING", 0)],
    "after claim": [("PENDING", 0), ("RUNNING", 1)],
    "before data": [("PENDING", 0), ("RUNNING", 1)],
    "after engine": [("PENDING", 0), ("RUNNING", 1)],
    "before commit": [("PENDING", 0), ("RUNNING", 1)],
    "after commit": [("PENDING", 0), ("RUNNING", 1), ("SUCCEEDED", 1)],
}


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_killed_at_any_step_leaves_a_run_that_the_next_one_ends(
    workers: ManualWorkers, step: str
) -> None:
    """kill -9 leaves the step before or the whole step, never half; the next worker completes the run,
    or finds it ended and writes nothing."""
    run_id = workers.pending()
    killed = workers.start(run_id, at=step, act="SIGKILL").wait(60)
    left = workers.history(run_id)
    second = workers.start(run_id).wait(60)

    assert killed == -signal.SIGKILL
    assert left == LEFT[step]
    if step == "after commit":
        assert (second, workers.history(run_id)) == (SUPERSEDED, left)
    else:
        assert second == 0
        assert workers.history(run_id) == [
            *left,
            ("RUNNING", left[-1][1] + 1),
            ("SUCCEEDED", left[-1][1] + 1),
        ]
    assert workers.violations() == []


@pytest.mark.parametrize("step", ["after claim", "after engine"])
def test_a_zombie_writes_nothing_over_the_end_that_it_slept_through(
    workers: ManualWorkers, step: str
) -> None:
    """SIGSTOP past the lease, the reconciler ends the run as FAILED, SIGCONT: the worker finds itself
    superseded, says so by its exit code, and the run stays as it ended."""
    run_id = workers.pending()
    zombie = workers.start(run_id, at=step, act="SIGSTOP")
    os.waitid(os.P_PID, zombie.pid, os.WSTOPPED)
    launcher = LocalLauncher(workers.folder / "nobody", env={})

    def failed() -> bool:
        reconcile(Dispatch(workers.runs, launcher, workers.clock), budget=Budget(launches=1))
        return workers.runs.get(run_id).status.terminal

    until(failed, LEASE_SECONDS + 20, "the reconciler gives the run up")
    ended = workers.runs.get(run_id)
    os.kill(zombie.pid, signal.SIGCONT)
    code = zombie.wait(60)

    assert (ended.status, ended.end.error_code, code) == ("FAILED", "WORKER_LOST", SUPERSEDED)
    assert workers.runs.get(run_id) == ended
    assert workers.history(run_id) == [("PENDING", 0), ("RUNNING", 1), ("FAILED", 1)]
    assert workers.violations() == []


def test_a_second_worker_of_a_running_run_exits_and_writes_nothing(workers: ManualWorkers) -> None:
    """It waits for as long as the first one's lease lives, and ends with its own exit code."""
    run_id = workers.pending()
    first = workers.held(run_id, "after engine")
    second = workers.start(run_id)
    started = workers.clock.now()
    until(
        lambda: (workers.clock.now() - started).total_seconds() > LEASE_SECONDS + 1,
        20,
        "the lease would have run out without its heartbeat",
    )
    waiting = second.poll()
    first.release()

    assert waiting is None
    assert first.end()[0] == 0
    assert second.wait(30) == SUPERSEDED
    assert workers.history(run_id) == [("PENDING", 0), ("RUNNING", 1), ("SUCCEEDED", 1)]
    assert workers.violations() == []


def test_a_result_is_kept_while_mysql_is_away_and_stored_when_it_is_back(workers: ManualWorkers) -> None:
    """MySQL goes away while the worker computes: it keeps what it has, and stores it in one attempt."""
    run_id = workers.pending()
    proxy = Proxy(workers.server.address)
    try:
        worker = workers.held(run_id, "after engine", proxy)
        proxy.unplug()
        gone = workers.clock.now()
        worker.release()
        until(
            lambda: (workers.clock.now() - gone).total_seconds() > AWAY_SECONDS,
            AWAY_SECONDS + 5,
            "the time away is over",
        )
        during = workers.history(run_id)
        proxy.plug_in()
        code, said = worker.end()
    finally:
        proxy.refuse()

    assert during == [("PENDING", 0), ("RUNNING", 1)]
    assert "the database is away; the result is kept" in said
    assert code == 0
    assert workers.history(run_id) == [*during, ("SUCCEEDED", 1)]
    assert workers.violations() == []


def test_a_commit_whose_acknowledgement_is_lost_counts_once(workers: ManualWorkers) -> None:
    """The worker reads again, finds its own end, and is content."""
    run_id = workers.pending()
    proxy = Proxy(workers.server.address)
    try:
        worker = workers.held(run_id, "before commit", proxy)
        proxy.lose_the_next_commit(arrives=True, of_a_result=True)
        worker.release()
        lost = proxy.lost_a_commit(within=20)
        code, _ = worker.end()
    finally:
        proxy.refuse()

    assert lost
    assert code == 0
    assert workers.history(run_id) == [("PENDING", 0), ("RUNNING", 1), ("SUCCEEDED", 1)]
    assert workers.violations() == []


def test_sigterm_leaves_the_run_to_the_next_attempt_at_once(workers: ManualWorkers) -> None:
    """A drain ends the worker with 75 and its lease with it: the next one need not wait."""
    run_id = workers.pending()
    worker = workers.held(run_id, "before data")
    worker.process.terminate()
    code, _ = worker.end()
    (left,) = [each for each in workers.runs.open_runs() if each.run.run_id == run_id]

    assert (code, left.lease_expired) == (75, True)
    assert workers.start(run_id).wait(60) == 0
    assert workers.violations() == []


@pytest.mark.parametrize("step", ["after engine", "before commit"])
def test_cancel_and_finish_at_once_leave_one_end(workers: ManualWorkers, step: str) -> None:
    """Whichever commits first is the end, for the row, the events, the answer to the cancel and the
    worker's exit code: before the worker begins to store, and while its transaction is open."""
    launcher = LocalLauncher(workers.folder / "nobody", env={})

    def cancelled(run_id: str) -> bool:
        try:
            cancel(run_id, Dispatch(workers.runs, launcher, workers.clock))
        except RunAlreadyEnded:
            return False
        return True

    for _ in range(3):
        run_id = workers.pending()
        worker = workers.held(run_id, step)
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(cancelled, run_id)
            worker.release()
            told = answer.result(30)
        code, _ = worker.end()

        end = ("FAILED", SUPERSEDED) if told else ("SUCCEEDED", 0)
        assert (workers.runs.get(run_id).status, code) == end
        assert workers.history(run_id) == [("PENDING", 0), ("RUNNING", 1), (end[0], 1)]
    assert workers.violations() == []
