"""The LOCAL launcher keeps the port's contract."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from stockbt_adapters_local.launcher import LocalLauncher
from stockbt_domain.testing.contracts import JobLauncherContract


class TestLocalLauncher(JobLauncherContract):
    """Real processes that wait to be killed."""

    @pytest.fixture
    def launcher(self, tmp_path: Path) -> Iterator[LocalLauncher]:
        """Return a launcher with room for every test."""
        launcher = LocalLauncher(
            tmp_path,
            env=dict(os.environ),
            slots=8,
            command=(sys.executable, "-c", "import signal; signal.pause()"),
        )
        yield launcher
        for job in launcher.jobs():
            launcher.delete(job)
