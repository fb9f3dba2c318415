"""These tests need kustomize, alone or inside kubectl; a laptop without either skips, CI fails."""

import os
import shutil

import pytest

from .rendering import OVERLAYS


@pytest.fixture(autouse=True, scope="session")
def kustomize() -> None:
    """Skip or fail where nothing can render."""
    if shutil.which("kustomize") or shutil.which("kubectl"):
        return
    assert not os.environ.get("CI"), "CI needs kustomize or kubectl"
    pytest.skip("needs kustomize or kubectl")


@pytest.fixture(params=OVERLAYS)
def overlay(request: pytest.FixtureRequest) -> str:
    """Each overlay in turn."""
    return str(request.param)
