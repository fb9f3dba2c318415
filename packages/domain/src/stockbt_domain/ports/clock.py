"""The port to the time of day."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time; the domain never reads a clock itself."""

    def now(self) -> datetime:
        """Return the present time, aware, in UTC."""
