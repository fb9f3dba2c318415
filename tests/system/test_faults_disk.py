"""A disk that is full or read-only under the embedded database: really mounted, really full."""

import errno
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.running_web import start, stop
from tests.waiting import until

from .test_main_job import csv_of


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 48 MB of its own; where nobody may mount one a laptop skips and CI fails."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True) if os.geteuid() == 0 else None
    if done is None or done.returncode:
        reason = f"needs the right to mount a file system ({done.stderr.strip() if done else 'not root'})"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Fill the file system to its last byte and return the file that does."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError as error:
                assert error.errno == errno.ENOSPC
    return ballast


def test_a_full_disk_loses_nothing_and_the_run_ends_when_there_is_room(
    small_disk: Path, tmp_path: Path
) -> None:
    """The disk fills while a worker computes: reads go on, writes are refused with the reason, the run
    waits with its result, and is stored in the same attempt once there is room."""
    site = start(tmp_path / "home", DATABASE_URL=f"sqlite:///{small_disk}/stockbt.sqlite3")
    try:
        assert site.upload(csv_of(400_000), "BIG", timeframe="5m")[0] == 201
        before = site.run({"ticker": "SP500", "rule_type": "RSI"})
        body = {"ticker": "BIG", "rule_type": "RSI", "timeframe": "5m"}
        with closing(sqlite3.connect(small_disk / "stockbt.sqlite3")) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # else a result fits into the old log
        run_id = site.call("POST", "/run_backtest", body)[1]["run_id"]

        def status() -> str:
            return str(site.call("GET", f"/status/{run_id}?series=none")[1]["status"])

        until(lambda: status() == "RUNNING", 30, "a worker has claimed the run")
        ballast = fill(small_disk)
        until(lambda: "the result is kept" in site.log.read_text(), 30, "the worker cannot store its result")
        shown = site.call("GET", f"/status/{before['run_id']}")
        refused = site.upload(csv_of(50_000), "NEXT", timeframe="5m")
        during = status()
        ballast.unlink()
        run = site.ended(run_id, 60)
        after = site.run({"ticker": "SP500", "rule_type": "MACD"})

        assert (during, run["status"], run["attempt"]) == ("RUNNING", "SUCCEEDED", 1)
        assert (shown[0], shown[1]["result_hash"]) == (200, before["result_hash"])
        assert refused[0] == 503 and "disk is full" in refused[1]["detail"]
        assert after["status"] == "SUCCEEDED"
        assert "Traceback" not in str(refused[1])
        assert cli(small_disk, "db", "check").returncode == 0
        assert cli(small_disk, "runs", "verify", run_id).returncode == 0
    finally:
        stop(site)


def cli(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the command line on the database in `folder`."""
    return subprocess.run(
        [sys.executable, "-m", "stockbt_cli", *arguments],
        env={
            **os.environ,
            "DATABASE_URL": f"sqlite:///{folder}/stockbt.sqlite3",
            "STOCKBT_HOME": str(folder),
        },
        capture_output=True,
        text=True,
    )


def test_a_read_only_disk_gives_a_sentence_and_no_trace(small_disk: Path, tmp_path: Path) -> None:
    """A command that must write says why it cannot; the same command works when it may write again."""
    made = cli(small_disk, "run", "SP500", "RSI")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    refused = [cli(small_disk, *words) for words in (("run", "SP500", "RSI"), ("runs", "list"), ("web",))]
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    again = cli(small_disk, "run", "SP500", "RSI")

    assert made.returncode == again.returncode == 0, made.stderr
    for each in refused:
        assert each.returncode == 3
        assert "stockbt: " in each.stderr
        assert "Traceback" not in each.stderr and "database file" in each.stderr, each.stderr
