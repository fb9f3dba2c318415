"""Runs that have not ended, as the reconciler and the metrics see them."""

from dataclasses import dataclass
from datetime import datetime

from .run import Run, Status


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run that has not ended, and whether its worker's lease has run out by the store's clock."""

    run: Run
    lease_expired: bool


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many open runs are in a state, and when the oldest of them was submitted."""

    status: Status
    runs: int
    oldest: datetime
