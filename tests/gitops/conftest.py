"""The platform under Argo CD on a kind cluster: the one that is there, or one that `make gitops` makes."""

import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import ROOT, one_at_a_time
from tests.e2e.platform import Platform

from .argo import Argo

TOOLS = ("docker", "kind", "kubectl", "kustomize")


@pytest.fixture(scope="session")
def argo() -> Iterator[Argo]:
    """Argo CD with the platform synced and healthy; a cluster that this made is deleted at the end. Without
    kind a laptop skips and CI fails."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        assert not os.environ.get("CI"), f"CI needs {' and '.join(missing)}"
        pytest.skip(f"needs {' and '.join(missing)}")
    with one_at_a_time():
        clusters = subprocess.run(["kind", "get", "clusters"], capture_output=True, text=True).stdout.split()
        subprocess.run([ROOT / "k8s" / "kind" / "gitops"], check=True)
        yield Argo(Platform(), ROOT / ".gitops" / "work")
        if Platform.cluster not in clusters:
            subprocess.run([ROOT / "k8s" / "kind" / "down"], check=True)
