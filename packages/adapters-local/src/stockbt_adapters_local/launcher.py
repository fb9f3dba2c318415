"""JobLauncher LOCAL: one subprocess of the real worker per run, so many at once and no more."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from stockbt_domain.errors import LaunchDeferred, LauncherUnavailable, LaunchRejected
from stockbt_domain.messages import Message
from stockbt_domain.ports import Job, JobState

from .locks import held, remove, take

log = logging.getLogger(__name__)

WORKER = (sys.executable, "-m", "stockbt_worker")
_DYING = 5.0
"""Seconds that a killed process is given to be gone."""
_TOLD_ON_THE_ROW = {0, 10, 11, 12}
"""Exit codes of a worker whose row says how the run ended."""


class LocalLauncher:
    """Starts workers on this machine.

    A worker holds two locks for as long as it lives: one of `slots` places, and one named by its run.
    Any process that shares `folder` therefore sees the same jobs and the same limit, and a worker that
    is killed frees both at once, whoever started it.
    """

    name = "LOCAL"

    def __init__(
        self,
        folder: Path,
        *,
        env: Mapping[str, str],
        slots: int | None = None,
        command: Sequence[str] = WORKER,
        on_exit: Callable[[], None] = lambda: None,
        log_to: int | None = None,
    ) -> None:
        """Keep locks and last words under `folder`; run `command` in `env`, at most `slots` at once
        (the number of cores); call `on_exit` from another thread whenever a worker has ended. Their
        logs go to the descriptor `log_to`, by default to this process's standard output."""
        self._folder = folder
        self._env = dict(env)
        self._slots = slots or os.cpu_count() or 1
        self._command = list(command)
        self._on_exit = on_exit
        self._log_to = log_to
        self._died: dict[str, Job] = {}
        self._killed: set[str] = set()
        self._guard = threading.Lock()

    def launch(self, run_id: str) -> None:
        """Start the worker of a run. Raises LaunchDeferred while all places are taken,
        LaunchRejected where the worker cannot be started, LauncherUnavailable on a full disk."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            own = take(self._run_lock(run_id), patient=True)
            if own is None:
                return
            place = self._free_place()
        except OSError as error:
            raise LauncherUnavailable(f"the launcher cannot write under {self._folder}: {error}") from error
        if place is None:
            self._run_lock(run_id).unlink(missing_ok=True)
            os.close(own)
            raise LaunchDeferred(f"all {self._slots} places are taken")
        try:
            self._start(run_id, own, place)
        finally:
            os.close(own)
            os.close(place)

    def jobs(self) -> tuple[Job, ...]:
        """Return living workers, whoever started them, and those of this process that died."""
        with self._guard:
            found = dict(self._died)
        for path in self._folder.glob("run-*.lock"):
            run_id = path.name[len("run-") : -len(".lock")]
            if held(path):
                found[run_id] = Job(run_id, _pid_text(path), JobState.ACTIVE, _age(path))
            else:
                remove(path)
        return tuple(found.values())

    def delete(self, job: Job) -> None:
        """Kill the worker if it lives, and forget it."""
        with self._guard:
            self._died.pop(job.run_id, None)
        path = self._run_lock(job.run_id)
        if held(path) and _pid_text(path) == job.uid and job.uid.isdigit():
            with self._guard:
                self._killed.add(job.uid)
            with suppress(ProcessLookupError):
                os.kill(int(job.uid), signal.SIGKILL)
            deadline = time.monotonic() + _DYING
            while held(path) and time.monotonic() < deadline:
                time.sleep(0.01)

    def _run_lock(self, run_id: str) -> Path:
        return self._folder / f"run-{run_id}.lock"

    def _free_place(self) -> int | None:
        for number in range(self._slots):
            place = take(self._folder / f"place-{number}.lock")
            if place is not None:
                return place
        return None

    def _start(self, run_id: str, own: int, place: int) -> None:
        last_words = self._folder / f"run-{run_id}.err"
        try:
            with last_words.open("wb") as errors:
                process = subprocess.Popen(
                    self._command,
                    env={**self._env, "RUN_ID": run_id},
                    stdin=subprocess.DEVNULL,
                    stdout=self._log_to,
                    stderr=errors,
                    pass_fds=(own, place),
                    start_new_session=True,
                )
        except OSError as error:
            last_words.unlink(missing_ok=True)
            raise LaunchRejected(Message("LAUNCH_REJECTED.process", detail=str(error))) from error
        os.pwrite(own, str(process.pid).encode(), 0)
        log.info("worker started", extra={"run_id": run_id, "worker_pid": process.pid})
        threading.Thread(target=self._await, args=(run_id, process, last_words), daemon=True).start()

    def _await(self, run_id: str, process: "subprocess.Popen[bytes]", last_words: Path) -> None:
        code = process.wait()
        words = last_words.read_text(errors="replace").strip() if last_words.exists() else ""
        last_words.unlink(missing_ok=True)
        with self._guard:
            killed_by_us = str(process.pid) in self._killed
            self._killed.discard(str(process.pid))
        if code not in _TOLD_ON_THE_ROW and not killed_by_us:
            log.error("worker died", extra={"run_id": run_id, "exit_code": code, "last_words": words})
            message = _cause(code, words)
            job = Job(
                run_id, str(process.pid), JobState.FAILED, 0.0, True, "WORKER_LOST", message, retry=True
            )
            with self._guard:
                self._died[run_id] = job
        remove(self._run_lock(run_id))
        self._on_exit()


def _cause(code: int, words: str) -> Message:
    if code == -signal.SIGKILL:
        return Message("WORKER_LOST.killed")
    if code < 0:
        return Message("WORKER_LOST.signal", number=-code)
    if not words:
        return Message("WORKER_LOST.silent", number=code)
    return Message("WORKER_LOST.exit", number=code, detail=words.splitlines()[-1][:300])


def _pid_text(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""


def _age(path: Path) -> float:
    try:
        return max(0.0, time.time() - path.stat().st_mtime)
    except FileNotFoundError:
        return 0.0
