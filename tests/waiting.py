"""Waiting for a condition, with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def until(look: Callable[[], Found], deadline: float, what: str) -> Found:
    """Return what `look` finds, as soon as it finds it. Raises TimeoutError past `deadline` seconds."""
    end = time.monotonic() + deadline
    while True:
        began = time.monotonic()
        if found := look():
            return found
        now = time.monotonic()
        if now > end:
            raise TimeoutError(f"not within {deadline} s: {what}")
        time.sleep(max(0.02, 2 * (now - began)))  # what is dear to look at is looked at less often
