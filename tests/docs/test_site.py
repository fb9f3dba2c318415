"""The documents as a site."""

import subprocess
import sys
from pathlib import Path

from tests.docs.blocks import ROOT


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    """A page without a place, a link that leads nowhere, a docstring that cannot be read: each fails it."""
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"NO_MKDOCS_2_WARNING": "1", "PATH": "/usr/bin:/bin"},
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stderr
    assert "renew_lease" in (tmp_path / "reference" / "ports" / "index.html").read_text()
