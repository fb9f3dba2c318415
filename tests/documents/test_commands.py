"""Every command and every program in the documents does what the page says: they are run, page by page."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.documents.blocks import ROOT, Block, blocks, documents
from tests.system.conftest import Site, start, stop

OWN_TEST = {"add-a-rule.md", "backup.md"}
"""Pages whose commands need more than a folder; a test of their own follows them."""

PAGES = [
    page for page in documents() if page.name not in OWN_TEST and any(block.runs for block in blocks(page))
]
_ADDRESS = re.compile(r"(?:localhost|127\.0\.0\.1):8000")
_PATIENCE = 120


class Reader:
    """Somebody who follows one page in a folder of their own, from the first block to the last."""

    def __init__(self, folder: Path, serve: Callable[[Path], Site]) -> None:
        self._folder = folder
        self._serve = serve
        self._site: Site | None = None
        self._programs: list[str] = []
        self._env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("STOCKBT_")},
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "STOCKBT_HOME": str(folder / "home"),
            "PYTHONPATH": str(folder),
            "MPLBACKEND": "agg",
        }

    def follow(self, block: Block) -> None:
        """Write a block that is a file, run one that is a command or a program, and pass over others."""
        if block.file is not None:
            path = self._folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.body)
        elif block.runs:
            self._run(block)

    def _run(self, block: Block) -> None:
        text = block.body
        if _ADDRESS.search(text):
            self._site = self._site or self._serve(self._folder / "home")
            text = _ADDRESS.sub(self._site.url.removeprefix("http://"), text)
        if block.language == "python":
            self._programs.append(text)  # a later program of the page may use the names of an earlier one
            command = [sys.executable, "-c", "\n".join(self._programs)]
        else:
            command = ["bash", "-euo", "pipefail", "-c", text]
        done = subprocess.run(
            command,
            cwd=self._folder,
            env=self._env,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        where = f"{block.page.relative_to(ROOT)}, line {block.line}"
        assert done.returncode == 0, f"{where}:\n{text}\n{done.stdout}\n{done.stderr}"


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """Return a reader with an empty folder; the web app is started where a page asks it."""
    with ExitStack() as stack:

        def serve(home: Path) -> Site:
            site = start(home)
            stack.callback(stop, site)
            return site

        yield Reader(tmp_path, serve)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_can_be_followed_from_top_to_bottom(page: Path, reader: Reader) -> None:
    """Each command ends with 0, each program without an exception, in the order of the page."""
    followed = list(blocks(page))
    for block in followed:
        reader.follow(block)

    assert any(block.runs for block in followed)


def test_what_is_not_run_says_why() -> None:
    """An excuse is a sentence, so that nobody switches a command off in silence."""
    excused = [block for page in documents() for block in blocks(page) if block.excuse is not None]

    assert all(len(block.excuse or "") > 10 for block in excused)
