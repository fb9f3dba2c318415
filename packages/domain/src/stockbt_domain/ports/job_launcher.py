"""The port to whatever runs the worker."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class JobState(StrEnum):
    """What the launcher knows of a job."""

    ACTIVE = "ACTIVE"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Job:
    """The disposable effect of a run. `ready` tells a started worker from one that waits to start, and
    `age_seconds` counts from the job's creation or from when its worker was last seen ready;
    `code` and `message` say why a FAILED job failed, in the words of the run's row. `retry` means that
    the launcher knows its worker to be dead, whatever the lease says, and does not try again itself;
    `spent`, that no worker of the run is left anywhere, and that the job itself stays as evidence."""

    run_id: str
    uid: str
    state: JobState
    age_seconds: float = 0.0
    ready: bool = True
    code: str | None = None
    message: str | None = None
    retry: bool = False
    spent: bool = False


class JobLauncher(Protocol):
    """Starts one worker per run. Every method may raise LauncherUnavailable: then nothing is known."""

    @property
    def name(self) -> str:
        """Return "LOCAL" or "K8S"."""

    def launch(self, run_id: str) -> None:
        """Start the worker of a run; a job of this run that is there already counts as done.

        Raises LaunchRejected (for good) and LaunchDeferred (no room now: the run waits its turn).
        """

    def jobs(self) -> tuple[Job, ...]:
        """Return every job that exists."""

    def delete(self, job: Job) -> None:
        """Stop and forget exactly this job (by its uid); one that is gone is fine."""
