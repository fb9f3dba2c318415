"""Runs that are executed by the process that asks for them."""

from stockbt_domain.ports import Job


class InlineLauncher:
    """Starts nothing: its process executes the run itself."""

    name = "LOCAL"

    def launch(self, run_id: str) -> None:
        """Leave the run to the process."""

    def jobs(self) -> tuple[Job, ...]:
        """Return none: this process is no job that another one could find."""
        return ()

    def delete(self, job: Job) -> None:
        """Do nothing: there are no jobs."""
