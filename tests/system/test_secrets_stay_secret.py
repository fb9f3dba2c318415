"""The database's password is in no log, no answer and no output, whether things go well or wrong."""

import base64
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import URL

from tests.mysql_server import MySqlServer
from tests.running_web import Site, start, stop
from tests.tcp_proxy import Proxy

pytestmark = pytest.mark.docker

PATHS = (
    "/",
    "/runs",
    "/data",
    "/health",
    "/ready",
    "/metrics",
    "/openapi.json",
    "/api/runs",
    "/api/datasets",
    "/none",
)
IMPATIENT_WORKER = (
    "from importlib import import_module; from stockbt_worker.main import main;"
    "import_module('stockbt_domain.usecases.execute').PATIENCE = 0; main()"
)
"""A worker that does not wait a minute for its database."""


@pytest.fixture(scope="module")
def database(mysql_server: MySqlServer) -> URL:
    """Return the address of an empty database, its password in it."""
    return mysql_server.new_database("secrets")


@pytest.fixture
def way(database: URL) -> Iterator[Proxy]:
    """Yield a way to the database that can be closed."""
    proxy = Proxy(lambda: (database.host or "", database.port or 3306))
    yield proxy
    proxy.refuse()


def settings(database: URL, port: int | None = None, password: str | None = None) -> dict[str, str]:
    """Return the variables that a pod has."""
    return {
        "DB_HOST": "127.0.0.1" if port else database.host or "",
        "DB_PORT": str(port or database.port),
        "DB_NAME": database.database or "",
        "DB_USER": database.username or "",
        "DB_PASSWORD": str(password or database.password),
    }


def said(*command: str, **env: str) -> str:
    """Return all that a command prints, however it ends."""
    done = subprocess.run(
        [sys.executable, *command], env={**os.environ, **env}, capture_output=True, text=True, timeout=120
    )
    return done.stdout + done.stderr


def told(site: Site) -> str:
    """Return all that the web app answers to a program and to a browser, errors included."""
    answers = []
    for path in PATHS:
        for accept in ("application/json", "text/html"):
            try:
                with urllib.request.urlopen(
                    urllib.request.Request(site.url + path, headers={"Accept": accept}), timeout=60
                ) as answer:
                    answers.append(answer.read().decode())
            except urllib.error.HTTPError as error:
                answers.append(error.read().decode() + str(error.headers))
    return "\n".join(answers)


def forms(password: str) -> tuple[str, ...]:
    """Return the forms in which a password may be printed."""
    return password, quote(password, safe=""), base64.b64encode(password.encode()).decode()


def test_nothing_that_works_prints_the_password(database: URL, tmp_path: Path) -> None:
    """Migration, check, start, a run by a worker, every page, `/ready` and `/metrics`."""
    env = settings(database)
    printed = said("-m", "stockbt_cli", "db", "upgrade", **env)
    printed += said("-m", "stockbt_cli", "db", "wait", **env) + said(
        "-m", "stockbt_cli", "data", "samples", **env
    )
    site = start(tmp_path / "home", **env)
    try:
        run = site.run({"ticker": "SP500", "rule_type": "RSI"})
        printed += told(site)
    finally:
        stop(site)
    printed += site.log.read_text() + said("-m", "stockbt_cli", "db", "check", **env)

    assert run["status"] == "SUCCEEDED"
    assert [form for form in forms(str(database.password)) if form in printed] == []
    assert "run claimed" in printed  # the worker's log is among it


def test_nothing_that_fails_prints_the_password(database: URL, way: Proxy, tmp_path: Path) -> None:
    """The database goes away under a web app; commands and a worker do not reach it or are refused."""
    said("-m", "stockbt_cli", "db", "upgrade", **settings(database))
    env = settings(database, way.port)
    site = start(tmp_path / "home", **env)
    try:
        way.refuse()
        printed = told(site)
    finally:
        stop(site)
    printed += site.log.read_text()
    wrong = settings(database, password="wr0ng/p@ss%")
    worker = {"RUN_ID": "00000000-0000-4000-8000-000000000001"}
    refused = ""
    for failing in (env, wrong):
        for command in (("db", "check"), ("db", "upgrade"), ("runs", "list"), ("reconcile", "--once")):
            refused += said("-m", "stockbt_cli", *command, **failing)
        refused += said("-c", IMPATIENT_WORKER, **failing, **worker)

    found = [
        form for form in (*forms(str(database.password)), *forms("wr0ng/p@ss%")) if form in printed + refused
    ]
    assert found == []
    assert "The database is away" in printed
    assert "refused user or password" in refused
    assert "the database stayed away" in refused


def test_a_setting_that_cannot_be_read_is_named_and_not_shown(tmp_path: Path) -> None:
    """By web, worker and command line: the value of DATABASE_URL has the password in it."""
    env = {"DATABASE_URL": "mysql://web:s3cret-w0rd@db:notaport/x", "STOCKBT_HOME": str(tmp_path)}
    worker = {"RUN_ID": "00000000-0000-4000-8000-000000000001"}
    printed = [
        said("-m", "stockbt_cli", "web", **env),
        said("-m", "stockbt_cli", "db", "check", **env),
        said("-m", "stockbt_worker", **env, **worker),
    ]

    assert ["DATABASE_URL" in text for text in printed] == [True, True, True]
    assert "s3cret-w0rd" not in "".join(printed)
