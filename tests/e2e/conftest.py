"""One platform for all tests here: the cluster that is there, or one that `make kind` makes."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .platform import Platform

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    """The platform on kind; a cluster that this made is deleted at the end. Without kind a laptop skips
    and CI fails."""
    missing = [tool for tool in ("docker", "kind", "kubectl") if shutil.which(tool) is None]
    if missing:
        assert not os.environ.get("CI"), f"CI needs {' and '.join(missing)}"
        pytest.skip(f"needs {' and '.join(missing)}")
    with one_at_a_time():
        yield from _platform()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold this machine's turn: two sessions would make each other's faults."""
    with (Path(tempfile.gettempdir()) / "stockbt-e2e.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def _platform() -> Iterator[Platform]:
    clusters = subprocess.run(["kind", "get", "clusters"], capture_output=True, text=True).stdout.split()
    there = Platform()
    made = there.cluster not in clusters
    if made:
        subprocess.run([ROOT / "k8s" / "kind" / "up"], check=True)
    yield there
    if made:
        subprocess.run([ROOT / "k8s" / "kind" / "down"], check=True)
