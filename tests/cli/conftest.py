"""The command line on an embedded database of its own, and a real web app for `--server`."""

import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from stockbt_cli.main import run_command

from tests.running_web import OURS, outside_environment, running_web


@dataclass(frozen=True, slots=True)
class Answer:
    """What one command line gave back."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Return standard output as the one JSON document that it must be."""
        return json.loads(self.out)


Stockbt = Callable[..., Answer]


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with the sample instruments, for copying."""
    home = tmp_path_factory.mktemp("prepared")
    environment = {**outside_environment(), "STOCKBT_HOME": str(home)}
    command = [sys.executable, "-m", "stockbt_cli", "data", "list"]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return home


@pytest.fixture
def home(tmp_path: Path, prepared: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return this test's STOCKBT_HOME; no other setting reaches it."""
    folder = tmp_path / "home"
    shutil.copytree(prepared, folder)
    for name in list(os.environ):
        if name.startswith(OURS):
            monkeypatch.delenv(name)
    monkeypatch.setenv("STOCKBT_HOME", str(folder))
    return folder


@pytest.fixture
def stockbt(home: Path, capfd: pytest.CaptureFixture[str]) -> Iterator[Stockbt]:
    """Return the command line as a function of its words."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def run(*words: str | Path) -> Answer:
        capfd.readouterr()
        code = run_command([str(word) for word in words])
        return Answer(code, *capfd.readouterr())

    yield run
    root.handlers[:], root.level = handlers, level


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    """Return a price file of 60 days that rise, fall and rise."""
    closes = [100 + abs(day - 30) for day in range(60)]
    lines = [f"{_day(n)},{c},{c + 1},{c - 1},{c},{c},1000" for n, c in enumerate(closes)]
    path = tmp_path / "prices.csv"
    path.write_text("\n".join(["Date,Open,High,Low,Close,Adj Close,Volume", *lines]) + "\n")
    return path


@pytest.fixture(scope="module")
def server(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a real `stockbt web`."""
    folder = tmp_path_factory.mktemp("server") / "home"
    shutil.copytree(prepared, folder)
    with running_web(folder) as site:
        yield site.url


def _day(number: int) -> str:
    return f"2020-{number // 28 + 1:02d}-{number % 28 + 1:02d}"
