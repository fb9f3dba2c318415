"""The port to new identifiers."""

from typing import Protocol


class IdGenerator(Protocol):
    """Makes identifiers."""

    def new_id(self) -> str:
        """Return a new random UUID, version 4, in its canonical text form."""
