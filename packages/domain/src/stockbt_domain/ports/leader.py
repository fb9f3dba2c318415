"""The port that lets one process at a time reconcile."""

from contextlib import AbstractContextManager
from typing import Protocol


class Leader(Protocol):
    """Chooses one process among all that share a store, for as long as a block lasts."""

    def hold(self) -> AbstractContextManager[bool]:
        """Enter at once, with True for the one that leads and False while another one does; leaving the
        block, or the death of the process, lets the next one lead. Raises StorageUnavailable."""
