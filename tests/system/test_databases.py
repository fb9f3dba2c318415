"""The same product on SQLite and on MySQL."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import make_url

from tests.mysql_server import MySqlServer
from tests.running_web import Site, start, stop
from tests.tcp_proxy import Proxy
from tests.waiting import until

from .test_main_job import csv_of


@pytest.fixture(scope="module")
def mysql_url(mysql_server: MySqlServer) -> str:
    """Return the address of an empty database of its own on the server."""
    return mysql_server.new_database("site").render_as_string(hide_password=False)


@pytest.fixture(scope="module")
def mysql_site(mysql_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return a web app on MySQL, its schema made by the operator's command."""
    env = {**os.environ, "DATABASE_URL": mysql_url}
    subprocess.run([sys.executable, "-m", "stockbt_cli", "db", "upgrade"], env=env, check=True)
    site = start(tmp_path_factory.mktemp("mysql"), DATABASE_URL=mysql_url)
    yield site
    stop(site)


@pytest.mark.parametrize("rule", ["RSI", "MACD", "BOLLINGER_BANDS"])
def test_the_same_request_gives_the_same_result_on_both(site: Site, mysql_site: Site, rule: str) -> None:
    """Bit for bit: run_key and result_hash, and the figures that they stand for."""
    content = csv_of(2500, seed=3)
    body = {"ticker": "BOTH", "rule_type": rule, "timeframe": "5m", "fee_rate": 0.0005}
    runs = []
    for each in (site, mysql_site):
        assert each.upload(content, "BOTH", timeframe="5m")[0] == 201
        runs.append(each.run(body))
    lite, my = runs

    assert lite["status"] == my["status"] == "SUCCEEDED"
    for field in ("data_hash", "run_key", "result_hash", "metrics", "equity_curve", "trades", "warnings"):
        assert lite[field] == my[field], field


def test_a_database_that_is_away_gives_a_page_that_says_so_and_all_goes_on(
    mysql_site: Site, mysql_url: str, tmp_path: Path
) -> None:
    """503 with Retry-After and no trace while it is away; health answers all along."""
    url = make_url(mysql_url)
    proxy = Proxy(lambda: (url.host or "", url.port or 3306))
    through = url.set(host="127.0.0.1", port=proxy.port).render_as_string(hide_password=False)
    site = start(tmp_path, DATABASE_URL=through)
    try:
        proxy.refuse()
        away = {path: site.call("GET", path) for path in ("/api/runs", "/ready", "/health")}
        with pytest.raises(HTTPError) as page:
            urlopen(Request(site.url + "/", headers={"Accept": "text/html"}), timeout=60)
        told = page.value.read().decode()
        proxy.listen()
        back = until(lambda: site.call("GET", "/ready")[0] == 200, 30, "the database is back")

        assert [away[path][0] for path in ("/api/runs", "/ready", "/health")] == [503, 503, 200]
        assert page.value.headers["Retry-After"]
        assert "database" in told and "Traceback" not in told
        assert back and site.call("GET", "/api/runs")[0] == 200
    finally:
        stop(site)
        proxy.refuse()
