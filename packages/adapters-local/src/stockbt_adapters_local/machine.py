"""This machine's clock and source of random ids."""

import uuid
from datetime import UTC, datetime


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present time in UTC."""
        return datetime.now(UTC)


class RandomIds:
    """Random UUIDs, version 4."""

    def new_id(self) -> str:
        """Return a new one."""
        return str(uuid.uuid4())
