"""The time of day by the database's clock, whatever the clocks of the machines around it say."""

import time
from datetime import UTC, datetime, timedelta
from threading import Lock

from sqlalchemy import text
from stockbt_domain.errors import StorageUnavailable

from .database import Database

FRESH_SECONDS = 60.0
"""How long one answer of the server holds."""
PROMPT_SECONDS = 0.25
"""An answer that took longer may be old; another try may be better."""
TRIES = 3


class DatabaseClock:
    """MySQL's clock: what processes on several machines write down fits together even where a machine's
    own clock is wrong or jumps. Between two questions the monotonic clock, which nobody sets, counts on.
    SQLite lives on one machine, and that one's clock is its own.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._guard = Lock()
        self._told: tuple[datetime, float] | None = None
        self._last = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """Return the present time in UTC. Raises StorageUnavailable if the server never answered yet."""
        if not self._database.on_mysql:
            return datetime.now(UTC)
        with self._guard:
            if self._told is None or time.monotonic() - self._told[1] > FRESH_SECONDS:
                self._told = self._asked(self._told)
            told, at = self._told
            self._last = max(self._last, told + timedelta(seconds=time.monotonic() - at))
            return self._last

    def _asked(self, before: tuple[datetime, float] | None) -> tuple[datetime, float]:
        """Return the server's time and when it was told: the promptest of some answers."""
        best, shortest = None, float("inf")
        for _ in range(TRIES):
            begin = time.monotonic()
            try:
                told: datetime = self._database.read(
                    lambda c: c.execute(text("SELECT UTC_TIMESTAMP(6)")).scalar_one()
                )
            except StorageUnavailable:
                if before is None and best is None:
                    raise
                break
            end = time.monotonic()
            if end - begin < shortest:
                best, shortest = (told.replace(tzinfo=UTC), end), end - begin
            if shortest < PROMPT_SECONDS:
                break
        found = best or before
        assert found is not None, "without an answer the error is raised"
        return found
