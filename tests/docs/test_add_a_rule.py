"""The tutorial's rule, put into a copy of the sources exactly as the page shows it."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.docs.blocks import ROOT, blocks

PAGE = ROOT / "docs" / "tutorials" / "add-a-rule.md"


def test_the_rule_of_the_tutorial_works_where_the_page_puts_it(tmp_path: Path) -> None:
    """The page's diffs apply to today's sources, and its commands then run."""
    sources = []
    for member in ("domain", "engine-legacy"):
        source = Path("packages") / member / "src"
        shutil.copytree(ROOT / source, tmp_path / source)
        sources.append(str(tmp_path / source))
    page = list(blocks(PAGE))
    for block in page:
        if block.language == "diff":
            subprocess.run(
                ["patch", "--silent", "-p1"], input=block.body, text=True, cwd=tmp_path, check=True
            )
    env = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "STOCKBT_HOME": str(tmp_path / "home"),
        "PYTHONPATH": ":".join(sources),
    }
    commands = next(block.body for block in page if block.language == "sh")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands], env=env, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "MOMENTUM" in done.stdout
