"""JobLauncher LOCAL: real processes, really killed."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from stockbt_adapters_local.launcher import LocalLauncher
from stockbt_domain.errors import LaunchDeferred, LauncherUnavailable, LaunchRejected
from stockbt_domain.ports import Job, JobState

SLEEP = (sys.executable, "-c", "import signal; signal.pause()")


def python(code: str) -> tuple[str, ...]:
    """Return the command of a worker that runs `code`."""
    return (sys.executable, "-c", code)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., tuple[LocalLauncher, threading.Event]]]:
    """Make launchers on one folder, each with an event that is set when a worker ends."""
    made: list[LocalLauncher] = []

    def make(command: tuple[str, ...] = SLEEP, slots: int = 2) -> tuple[LocalLauncher, threading.Event]:
        ended = threading.Event()
        launcher = LocalLauncher(
            tmp_path / "workers", env=dict(os.environ), slots=slots, command=command, on_exit=ended.set
        )
        made.append(launcher)
        return launcher, ended

    yield make
    for launcher in made:
        for job in launcher.jobs():
            launcher.delete(job)


def the_job(launcher: LocalLauncher) -> Job:
    """Return the only job."""
    (job,) = launcher.jobs()
    return job


def test_a_launched_run_is_an_active_job(make: Callable[..., tuple[LocalLauncher, threading.Event]]) -> None:
    """The worker lives, and the launcher says so."""
    launcher, _ = make()
    launcher.launch("a")

    job = the_job(launcher)
    assert (job.run_id, job.state) == ("a", JobState.ACTIVE)
    os.kill(int(job.uid), 0)


def test_launching_the_same_run_twice_starts_one_worker(
    make: Callable[..., tuple[LocalLauncher, threading.Event]],
) -> None:
    """Also from another process that shares the folder, which a second launcher stands for."""
    (one, _), (two, _) = make(), make()
    one.launch("a")
    first = the_job(one)
    two.launch("a")

    assert the_job(two).uid == the_job(one).uid == first.uid


def test_the_limit_holds_across_launchers(make: Callable[..., tuple[LocalLauncher, threading.Event]]) -> None:
    """The places are counted in the shared folder, not in one process."""
    (one, _), (two, _) = make(), make()
    one.launch("a")
    two.launch("b")
    with pytest.raises(LaunchDeferred, match="all 2 places are taken"):
        one.launch("c")

    assert {job.run_id for job in two.jobs()} == {"a", "b"}


def test_a_killed_worker_is_told_and_frees_its_place(
    make: Callable[..., tuple[LocalLauncher, threading.Event]],
) -> None:
    """kill -9 becomes a sentence, and the next run may start."""
    launcher, ended = make(slots=1)
    launcher.launch("a")
    os.kill(int(the_job(launcher).uid), signal.SIGKILL)
    assert ended.wait(10)

    job = the_job(launcher)
    assert (job.state, job.code, job.retry) == (JobState.FAILED, "WORKER_LOST", True)
    assert "killed (signal 9)" in (job.message or "")
    launcher.launch("b")


def test_a_worker_that_never_gets_going_is_told_with_its_last_words(
    make: Callable[..., tuple[LocalLauncher, threading.Event]],
) -> None:
    """A broken installation shows on the row, not only in a log."""
    launcher, ended = make(python("raise ImportError('no module named numpy')"))
    launcher.launch("a")
    assert ended.wait(10)

    assert "exit code 1" in (the_job(launcher).message or "")
    assert "no module named numpy" in (the_job(launcher).message or "")


@pytest.mark.parametrize("code", [0, 10, 11, 12])
def test_a_worker_whose_row_tells_its_end_leaves_no_job(
    make: Callable[..., tuple[LocalLauncher, threading.Event]], code: int
) -> None:
    """The row is the truth; there is nothing to add."""
    launcher, ended = make(python(f"raise SystemExit({code})"))
    launcher.launch("a")
    assert ended.wait(10)

    assert launcher.jobs() == ()


def test_a_worker_that_cannot_be_started_is_refused_for_good(
    make: Callable[..., tuple[LocalLauncher, threading.Event]],
) -> None:
    """And nothing stays behind that looks like a job."""
    launcher, _ = make(("/no/such/worker",))
    with pytest.raises(LaunchRejected, match="cannot be started"):
        launcher.launch("a")

    assert launcher.jobs() == ()


def test_deleting_kills_the_worker_and_deleting_again_is_fine(
    make: Callable[..., tuple[LocalLauncher, threading.Event]],
) -> None:
    """A cancelled run stops using the machine."""
    launcher, ended = make()
    launcher.launch("a")
    job = the_job(launcher)
    launcher.delete(job)
    assert ended.wait(10)
    launcher.delete(job)

    assert launcher.jobs() == ()
    with pytest.raises(ProcessLookupError):
        os.kill(int(job.uid), 0)


def test_the_worker_is_told_its_run_and_nothing_else_of_it(
    make: Callable[..., tuple[LocalLauncher, threading.Event]], tmp_path: Path
) -> None:
    """RUN_ID is the only run input."""
    out = tmp_path / "out"
    launcher, ended = make(
        python(f"import os, pathlib; pathlib.Path({str(out)!r}).write_text(os.environ['RUN_ID'])")
    )
    launcher.launch("a-run")
    assert ended.wait(10)

    assert out.read_text() == "a-run"


def test_a_folder_that_cannot_be_written_concludes_nothing(tmp_path: Path) -> None:
    """A full or read-only disk is no verdict on the run: it stays PENDING and is tried again."""
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    launcher = LocalLauncher(blocked, env={}, slots=1, command=SLEEP)
    with pytest.raises(LauncherUnavailable, match="cannot write"):
        launcher.launch("a")
