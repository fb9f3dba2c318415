"""Lock files whose lock a child process inherits, so that it lasts exactly as long as the child."""

import fcntl
import os
import time
from pathlib import Path

_GLANCE = 0.05
"""Seconds: far longer than `held` holds a lock while it looks at it."""


def take(path: Path, *, patient: bool = False) -> int | None:
    """Return a descriptor that holds the lock of `path`, or None while another process holds it.

    `patient` tells a holder from somebody who only looks, by trying for a moment longer.
    """
    deadline = time.monotonic() + _GLANCE if patient else 0.0
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            if time.monotonic() < deadline:
                time.sleep(_GLANCE / 10)
                continue
            return None
        if _still_there(path, descriptor):
            return descriptor
        os.close(descriptor)  # it was removed between open and lock: once more with a new file


def remove(path: Path) -> bool:
    """Remove the lock file unless somebody holds it; return whether it is gone."""
    if not path.exists():
        return True
    descriptor = take(path)
    if descriptor is None:
        return False
    path.unlink(missing_ok=True)
    os.close(descriptor)
    return True


def held(path: Path) -> bool:
    """Return whether a living process holds the lock of `path`."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def _still_there(path: Path, descriptor: int) -> bool:
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False
