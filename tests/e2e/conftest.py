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
from .second_web import SecondWeb
from .versions import ROOT, deploy, faulty_version_of, rolled_out

START_DEADLINE = 90
"""Seconds that a worker has to start in these tests, instead of five minutes: a control plane whose API
server was away needs most of them to find together again."""


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
    lasting = Platform.cluster in clusters
    if not lasting:
        subprocess.run([ROOT / "k8s" / "kind" / "up"], check=True)
    yield Platform(lasting=lasting)
    if not lasting:
        subprocess.run([ROOT / "k8s" / "kind" / "down"], check=True)


@pytest.fixture(scope="session")
def faulty(platform: Platform) -> Iterator[Platform]:
    """The platform with engines that take long or too much, and with little patience."""
    image = platform.image().removesuffix("-faults")
    # First what `kubectl apply` leaves alone, so that one rollout does for both.
    platform.kubectl("set", "env", "deployment/web", f"START_DEADLINE_SECONDS={START_DEADLINE}")
    deploy(faulty_version_of(image))
    rolled_out(platform)
    yield platform
    if platform.lasting:
        platform.kubectl("set", "env", "deployment/web", "START_DEADLINE_SECONDS-")
        deploy(image)


@pytest.fixture(scope="session")
def second_web(faulty: Platform, tmp_path_factory: pytest.TempPathFactory) -> SecondWeb:
    """A second web whose Jobs and whose life the tests choose."""
    kubeconfig = tmp_path_factory.mktemp("kube") / "config"
    command = ["kind", "get", "kubeconfig", "--name", faulty.cluster]
    kubeconfig.write_text(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return SecondWeb(faulty, str(kubeconfig))
