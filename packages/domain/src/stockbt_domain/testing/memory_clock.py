"""A clock that is set by hand."""

from datetime import UTC, datetime, timedelta


class ManualClock:
    """A clock that stands still until it is advanced; it starts where a rounded fraction shows."""

    def __init__(self, now: datetime = datetime(2024, 12, 31, 23, 59, 59, 600000, UTC)) -> None:
        self._now = now

    def now(self) -> datetime:
        """Return the time it was last set to."""
        return self._now

    def advance(self, seconds: float) -> datetime:
        """Move on by `seconds` and return the new time."""
        self._now += timedelta(seconds=seconds)
        return self._now
