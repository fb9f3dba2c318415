"""A launcher that starts nothing: it records what it was told, and its jobs do as a test says."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import RLock

from ..errors import LauncherUnavailable, StockbtError
from ..ports import Clock, Job, JobState
from .memory import ManualClock


@dataclass(slots=True)
class MemoryLauncher:
    """Keeps jobs in memory; a job stays ACTIVE until `settle` says otherwise.

    `launched` and `deleted` list run ids in order. `failures` are raised by the next launches, one
    each, before anything is started (LaunchRejected, LaunchDeferred, LauncherUnavailable).
    `answers_lost` is how many of the next launches start the job and then raise LauncherUnavailable.
    While `unavailable` is true every call raises LauncherUnavailable.
    """

    name: str = "LOCAL"
    clock: Clock = field(default_factory=ManualClock)
    unavailable: bool = False
    answers_lost: int = 0
    failures: list[StockbtError] = field(default_factory=list)
    launched: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    _jobs: dict[str, Job] = field(default_factory=dict)
    _started: dict[str, datetime] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock)

    def launch(self, run_id: str) -> None:
        """Record the launch; a job of this run that is there already counts as done."""
        with self._lock:
            self._answer()
            if self.failures:
                raise self.failures.pop(0)
            self.launched.append(run_id)
            if run_id not in self._jobs:
                self._jobs[run_id] = Job(run_id, f"uid-{len(self.launched)}", JobState.ACTIVE)
                self._started[run_id] = self.clock.now()
            if self.answers_lost:
                self.answers_lost -= 1
                raise LauncherUnavailable("the launcher's answer was lost")

    def jobs(self) -> tuple[Job, ...]:
        """Return every job, aged by the clock."""
        with self._lock:
            self._answer()
            now = self.clock.now()
            return tuple(
                replace(job, age_seconds=(now - self._started[job.run_id]).total_seconds())
                for job in self._jobs.values()
            )

    def delete(self, job: Job) -> None:
        """Forget exactly this job; one that is gone is fine."""
        with self._lock:
            self._answer()
            stored = self._jobs.get(job.run_id)
            if stored is not None and stored.uid == job.uid:
                del self._jobs[job.run_id]
                self.deleted.append(job.run_id)

    def settle(
        self,
        run_id: str,
        state: JobState = JobState.ACTIVE,
        *,
        ready: bool = True,
        code: str | None = None,
        message: str | None = None,
        retry: bool = False,
        spent: bool = False,
    ) -> Job:
        """Put the run's job into a state, starting it where there is none, and return it."""
        with self._lock:
            known = self._jobs.get(run_id, Job(run_id, f"uid-settled-{run_id}", state))
            job = replace(
                known, state=state, ready=ready, code=code, message=message, retry=retry, spent=spent
            )
            self._started.setdefault(run_id, self.clock.now())
            self._jobs[run_id] = job
            return job

    def vanish(self, run_id: str) -> None:
        """Lose the run's job, as a node that dies does: nothing records it."""
        with self._lock:
            self._jobs.pop(run_id, None)

    def _answer(self) -> None:
        if self.unavailable:
            raise LauncherUnavailable("the launcher does not answer")
