"""The commands of docs/backup.md: a backup under load, everything wiped, restored, every hash verified."""

import hashlib
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import make_url
from stockbt_adapters_mysql.database import connect
from stockbt_adapters_mysql.datasets import SqlDatasets
from stockbt_adapters_mysql.migrate import upgrade
from stockbt_adapters_mysql.runs import SqlRuns
from stockbt_cli.main import run_command
from stockbt_domain.run_query import RunQuery

from tests.chaos.targets import Server, Web
from tests.mysql_server import ROOT_PASSWORD, MySqlServer
from tests.running_web import Site, start, stop
from tests.waiting import until

from .test_main_job import csv_of

DOCUMENT = Path(__file__).parents[2] / "docs" / "backup.md"
BODY = {"ticker": "LOAD", "rule_type": "RSI", "timeframe": "5m"}


def documented(program: str) -> list[str]:
    """Return the commands of the document that begin so."""
    blocks = re.findall(r"```sh\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.split()[0] == program]


@contextmanager
def load(site: Site) -> Iterator[None]:
    """Let two clients submit one run after the other."""
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            assert site.call("POST", "/run_backtest", BODY, Prefer="wait=20")[0] == 200

    clients = [threading.Thread(target=work) for _ in range(2)]
    for client in clients:
        client.start()
    try:
        yield
    finally:
        over.set()
        for client in clients:
            client.join()


def results(url: str) -> dict[str, str | None]:
    """Return run_id -> result_hash of every run that succeeded."""
    database = connect(make_url(url))
    page = SqlRuns(database).page(RunQuery(status="SUCCEEDED", limit=200))
    database.close()
    assert page.next is None
    return {run.run_id: run.end.result_hash for run in page.runs}


def at_rest(url: str) -> bool:
    """Return whether no run is open."""
    database = connect(make_url(url))
    try:
        return not SqlRuns(database).open_runs()
    finally:
        database.close()


def verified(url: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Verify every run and every dataset, and return how many runs there are."""
    monkeypatch.setenv("DATABASE_URL", url)
    database = connect(make_url(url))
    datasets = SqlDatasets(database)
    for dataset in datasets.all():
        digest = hashlib.sha256(b"".join(datasets.content(dataset.data_hash))).hexdigest()
        assert digest == dataset.data_hash
    runs = SqlRuns(database).page(RunQuery(limit=200)).runs
    for run in runs:
        assert run_command(["runs", "verify", run.run_id]) == 0
    assert run_command(["db", "check"]) == 0
    database.close()
    return len(runs)


@pytest.mark.docker
def test_a_dump_of_mysql_under_load_is_restored_with_every_hash(
    mysql_server: MySqlServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What had succeeded before the dump is there, what was open goes on to its end, all of it verifies."""
    server = Server(mysql_server, "backup")
    url = server.url()
    database = connect(make_url(url))
    upgrade(database)
    database.close()
    container = mysql_server.container
    env = {
        "DB_HOST": "127.0.0.1",
        "DB_NAME": make_url(url).database,
        "DB_USER": "root",
        "MYSQL_PWD": ROOT_PASSWORD,
    }

    def inside(command: str) -> None:
        code, said = container.exec_run(["sh", "-c", command], environment=env, workdir="/tmp")
        assert code == 0, said.decode()

    site = start(tmp_path / "before", DATABASE_URL=url, STOCKBT_LOCAL_WORKERS="2")
    try:
        assert site.upload(csv_of(5_000), "LOAD", timeframe="5m")[0] == 201
        with load(site):
            until(lambda: len(results(url)) >= 3, 90, "some runs have succeeded")
            before = results(url)
            (dump,) = documented("mysqldump")
            inside(dump)
            until(lambda: len(results(url)) > len(before) + 1, 90, "work went on during the dump")
        until(lambda: at_rest(url), 120, "every run ends")
        whole = results(url)
    finally:
        stop(site)

    for command in documented("mysql"):
        inside(command)
    again = Web(tmp_path / "after", server, DATABASE_URL=url)
    try:
        until(again.ready, 60, "the web app is ready on what was restored")
        until(lambda: at_rest(url), 120, "what was open in the dump ends")
    finally:
        again.close()
    after = results(url)

    assert before.items() <= after.items()
    assert after.items() <= whole.items()
    assert verified(url, monkeypatch) >= len(after)


def test_a_copy_of_sqlite_under_load_is_restored_with_every_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same for the embedded database, with its own way to copy it."""
    home = tmp_path / "home"
    url = f"sqlite:///{home}/stockbt.sqlite3"
    (backup,) = documented("python")
    env = {
        **os.environ,
        "STOCKBT_HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }

    def shell(command: str) -> None:
        subprocess.run(["sh", "-c", command], cwd=tmp_path, env=env, check=True)

    site = start(home, STOCKBT_LOCAL_WORKERS="2")
    try:
        assert site.upload(csv_of(5_000), "LOAD", timeframe="5m")[0] == 201
        with load(site):
            until(lambda: len(results(url)) >= 2, 90, "some runs have succeeded")
            before = results(url)
            shell(backup)
        until(lambda: at_rest(url), 120, "every run ends")
    finally:
        stop(site)
    for program in ("rm", "cp"):
        for command in documented(program):
            shell(command)
    again = start(home)
    try:
        until(lambda: at_rest(url), 120, "what was open in the copy ends")
        shown = again.call("GET", f"/status/{next(iter(before))}")
    finally:
        stop(again)

    assert before.items() <= results(url).items()
    assert (shown[0], json.dumps(shown[1]["trades"]) != "[]") == (200, True)
    assert verified(url, monkeypatch) >= len(before)
