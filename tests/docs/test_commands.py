"""Every command and every program in the documents does what the page says: they are run, page by page."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, Block, blocks, documents, originals, prose
from tests.docs.command_coverage import COMMANDS, NOT_RUN, RUN_BY, RunBy
from tests.running_web import Site, start, stop

_ADDRESS = re.compile(r"(?:localhost|127\.0\.0\.1):8000")
_PROGRAM = re.compile(
    r"^\s*(?:\$ |sudo )?(?:stockbt|make|kubectl|kustomize|kubeseal|helm|docker|git|curl|pip|python3?)"
    r" [\w$./-]"
)
_INDENTED = re.compile(r"(?:^|\n)\n(?: {4}|\t)\S")
_PATIENCE = 120


def is_followed(block: Block) -> bool:
    """Return whether a block is run where its page is followed: a program, or commands of which none is run
    elsewhere."""
    return block.runs and (block.language == "python" or COMMANDS.isdisjoint(block.commands()))


PAGES = [page for page in originals() if any(is_followed(block) for block in blocks(page))]


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
        elif is_followed(block):
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
        assert done.returncode == 0, f"{block.where}:\n{text}\n{done.stdout}\n{done.stderr}"


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

    assert any(is_followed(block) for block in followed)


def test_a_command_that_is_not_run_on_its_page_is_in_the_list() -> None:
    """A block is run as a whole, or `command_coverage.py` has a test or a reason for each of its commands."""
    unknown = [
        f"{block.where}: {command}"
        for page in originals()
        for block in blocks(page)
        if block.language == "sh" and not is_followed(block)
        for command in block.commands()
        if command not in COMMANDS
    ]

    assert unknown == []


def test_the_list_names_no_command_that_no_page_has() -> None:
    """What is gone from the documents is gone from the list."""
    there = {command for page in originals() for block in blocks(page) for command in block.commands()}

    assert COMMANDS - there == set()


@pytest.mark.parametrize("entry", RUN_BY, ids=lambda entry: f"{entry.test}: {entry.commands[0][:30]}")
def test_the_test_that_is_said_to_run_a_command_does(entry: RunBy) -> None:
    """It is there and has the text that shows it."""
    assert entry.shows in (ROOT / entry.test).read_text()


def test_a_reason_is_a_sentence() -> None:
    """So that nobody switches a command off in silence."""
    assert all(len(entry.why.split()) >= 5 for entry in NOT_RUN)


def test_no_command_hides_in_a_block_that_is_not_run() -> None:
    """Text, YAML and the like hold no commands; a block says its language; none is made by indentation."""
    hidden = [
        f"{block.where}: {line}"
        for page in documents()
        for block in blocks(page)
        if not block.runs and block.file is None
        for line in block.body.splitlines()
        if _PROGRAM.match(line)
    ]
    nameless = [block.where for page in documents() for block in blocks(page) if not block.language]
    indented = [page.name for page in documents() if _INDENTED.search(prose(page))]

    assert (hidden, nameless, indented) == ([], [], [])
