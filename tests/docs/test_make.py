"""The targets of make that the documents name: there, and the one that everybody begins with really run."""

import os
import re
import signal
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, blocks, documents
from tests.ports import reserved_port
from tests.waiting import until

_SPAN = re.compile(r"`(make [^`\n]+)`")


def called() -> set[str]:
    """Return every call of make in the documents, in blocks and in sentences."""
    commands = [command for page in documents() for block in blocks(page) for command in block.commands()]
    spans = [span for page in documents() for span in _SPAN.findall(page.read_text())]
    return {command for command in (*commands, *spans) if command.startswith("make ")}


def test_make_knows_every_target_that_is_named() -> None:
    """Tried without doing anything."""
    unknown = []
    for command in sorted(called()):
        words = [word for word in command.split()[1:] if re.fullmatch(r"[a-z][a-z0-9-]*|[A-Z_]+=\S*", word)]
        targets = [word for word in words if "=" not in word]
        done = subprocess.run(
            ["make", "--dry-run", *targets], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode != 0 or not targets:
            unknown.append(f"{command}: {done.stderr.strip()}")

    assert unknown == []


def test_a_variable_that_is_given_to_make_is_one_that_is_read() -> None:
    """By the Makefile or by a script that it calls."""
    scripts = [ROOT / "Makefile", *(ROOT / "k8s").glob("*"), *(ROOT / "docker").glob("*")]
    read = "\n".join(path.read_text() for path in scripts if path.is_file())
    given = {name for command in called() for name in re.findall(r"\b([A-Z_]{2,})=", command)}

    assert given
    assert {
        name for name in given if not re.search(rf"[${{(]{name}\b|^{name}\b", read, re.MULTILINE)
    } == set()


def test_make_run_serves_where_it_says(tmp_path: Path) -> None:
    """The first command of the README, on a free port and an empty home."""
    if not (ROOT / ".venv" / ".product").exists():
        pytest.skip("needs .venv: make env")
    port = str(reserved_port())
    env = {**os.environ, "STOCKBT_HOME": str(tmp_path / "home")}
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["make", "run", f"PORT={port}"], cwd=ROOT, env=env, stdout=out, stderr=out, start_new_session=True
        )
    try:

        def page() -> str:
            assert process.poll() is None, log.read_text()
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
                    return str(answer.read().decode())
            except (urllib.error.URLError, ConnectionError):
                return ""

        shown = until(page, 300, "make run serves the dashboard")
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(40)

    assert "SP500" in shown
    assert f"http://127.0.0.1:{port}/" in log.read_text()
