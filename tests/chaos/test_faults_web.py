"""What clients see of two web processes on one MySQL while keys race and the database is away."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text
from stockbt_adapters_mysql.database import connect
from stockbt_adapters_mysql.migrate import upgrade

from tests.mysql_server import MySqlServer
from tests.waiting import until

from .campaign import _upload, price_file
from .checker import violations
from .targets import Server, Web

pytestmark = pytest.mark.docker

BODY = json.dumps({"ticker": "CHAOS", "rule_type": "RSI", "timeframe": "5m"}).encode()
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def server(mysql_server: MySqlServer) -> Server:
    """A database of its own."""
    return with_tables(Server(mysql_server, "counters"))


def with_tables(server: Server) -> Server:
    """Make the tables in its database."""
    database = connect(make_url(server.url()))
    upgrade(database)
    database.close()
    return server


@pytest.fixture(scope="module")
def webs(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Web]]:
    """Two web apps, each as on a machine of its own, with a dataset."""
    with webs_on(server, tmp_path_factory.mktemp("webs"), "one", "two") as made:
        yield made


@contextmanager
def webs_on(server: Server, folder: Path, *names: str) -> Iterator[list[Web]]:
    """Yield web apps on a database with a dataset."""
    made = [Web(folder / name, server) for name in names]
    try:
        for web in made:
            until(web.ready, 60, "the web app is ready")
        data, headers = _upload(price_file(5, 5_000))
        assert call(made[0], "/api/datasets", data, headers)[0] == 201
        yield made
    finally:
        for web in made:
            web.close()


def call(
    web: Web, path: str, data: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], str]:
    """Return status, headers and body of one request."""
    try:
        request = urllib.request.Request(web.url + path, data, headers or {})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read().decode()


def rows(server: Server, query: str) -> list[Any]:
    """Return what a query reads, past the product."""
    engine = create_engine(server.url())
    with engine.connect() as connection:
        found = list(connection.execute(text(query)))
    engine.dispose()
    return found


def all_ended(server: Server) -> bool:
    """Return whether no run is open."""
    return not rows(server, "SELECT 1 FROM runs WHERE status NOT IN ('SUCCEEDED', 'FAILED')")


def test_fifty_submissions_under_one_key_make_one_run_and_one_launch(webs: list[Web], server: Server) -> None:
    """Half of them through each web process, at the same time: all are told of the same run."""
    before = len(rows(server, "SELECT run_id FROM runs"))

    def submit(number: int) -> tuple[int, dict[str, str], str]:
        return call(webs[number % 2], "/run_backtest", BODY, {**JSON, "Idempotency-Key": "the same"})

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(submit, range(50)))
    ids = {json.loads(body)["run_id"] for _, _, body in answers}

    assert {status for status, _, _ in answers} == {202}
    assert len(ids) == 1
    (run_id,) = ids
    assert len(rows(server, "SELECT run_id FROM runs")) == before + 1

    def ended() -> bool:
        return bool(rows(server, f"SELECT 1 FROM runs WHERE run_id = '{run_id}' AND status = 'SUCCEEDED'"))

    until(ended, 60, "the run succeeds")
    starts = [
        line
        for web in webs
        for line in (web.home / "web.log").read_text().splitlines()
        if run_id in line and "worker started" in line
    ]
    assert len(starts) == 1
    assert rows(server, f"SELECT launches, attempt FROM runs WHERE run_id = '{run_id}'") == [(1, 1)]


def test_while_mysql_is_away_everybody_is_told_when_to_come_back_and_all_goes_on(
    webs: list[Web], server: Server
) -> None:
    """503 with Retry-After for pages and programs, no trace; a submission that was refused is accepted
    later under its key, and the run that was waiting ends."""
    away, other = webs
    waiting = json.loads(call(other, "/run_backtest", BODY, JSON)[2])["run_id"]
    away.proxy.unplug()
    key = {**JSON, "Idempotency-Key": "while away"}
    paths = ("/", "/runs", f"/runs/{waiting}", "/api/runs", f"/status/{waiting}", "/api/datasets", "/ready")
    pages = {path: call(away, path, headers={"Accept": "text/html"}) for path in paths}
    told = call(away, "/run_backtest", BODY, key)
    alive = call(away, "/health")
    away.proxy.plug_in()
    until(away.ready, 30, "the web app is ready again")
    later = call(away, "/run_backtest", BODY, key)

    for path, (status, headers, body) in pages.items():
        assert (path, status, "Retry-After" in headers) == (path, 503, True)
        assert "Traceback" not in body and "pymysql" not in body
    assert (told[0], told[1]["Content-Type"]) == (503, "application/problem+json")
    assert "database" in json.loads(told[2])["detail"] and told[1]["Retry-After"]
    assert alive[0] == 200
    assert later[0] == 202
    until(lambda: all_ended(server), 90, "every run ends")
    assert call(away, "/api/runs")[0] == 200


def test_a_server_that_is_read_only_is_told_and_reads_go_on(
    mysql_alone: Callable[[], AbstractContextManager[MySqlServer]], tmp_path: Path
) -> None:
    """As after a fail-over to a replica: what is there is shown, a submission is refused with a reason."""
    with mysql_alone() as mysql:
        server = with_tables(Server(mysql, "replica"))
        with webs_on(server, tmp_path, "one") as (web,):
            before = call(web, "/run_backtest", BODY, JSON)
            with read_only(mysql):
                listed = call(web, "/api/runs")
                refused = call(web, "/run_backtest", BODY, JSON)
            after = call(web, "/run_backtest", BODY, JSON)
            until(lambda: all_ended(server), 90, "every run ends")
        found = violations(server.history())

    assert (before[0], after[0], found) == (202, 202, [])
    assert listed[0] == 200 and json.loads(listed[2])["runs"]
    assert (refused[0], "Retry-After" in refused[1]) == (503, True)
    assert "read-only" in json.loads(refused[2])["detail"]


@contextmanager
def read_only(mysql: MySqlServer) -> Iterator[None]:
    """Let nobody change anything on the server for as long as the block lasts."""
    root = create_engine(mysql.url(root=True), isolation_level="AUTOCOMMIT")
    with root.connect() as connection:
        connection.execute(text("SET GLOBAL super_read_only = 1"))
        try:
            yield
        finally:
            connection.execute(text("SET GLOBAL super_read_only = 0"))
            connection.execute(text("SET GLOBAL read_only = 0"))
    root.dispose()


def test_a_user_without_the_right_to_write_is_told(
    server: Server, mysql_server: MySqlServer, tmp_path: Path
) -> None:
    """The operator reads which right is missing instead of a trace."""
    url = make_url(server.url())
    root = create_engine(mysql_server.url(root=True))
    with root.begin() as connection:
        connection.execute(text("CREATE USER reader IDENTIFIED BY 'reads'"))
        connection.execute(text(f"GRANT SELECT ON {url.database}.* TO reader"))
    reader = url.set(username="reader", password="reads").render_as_string(hide_password=False)
    web = Web(tmp_path, server, DATABASE_URL=reader)
    try:
        until(web.ready, 60, "the web app is ready")
        listed = call(web, "/api/runs")
        refused = call(web, "/run_backtest", BODY, JSON)
    finally:
        web.close()
        with root.begin() as connection:
            connection.execute(text("DROP USER reader"))
        root.dispose()

    assert listed[0] == 200
    assert (refused[0], "Retry-After" in refused[1]) == (503, True)
    assert "may not change" in json.loads(refused[2])["detail"]


def test_after_all_of_it_the_histories_are_right(webs: list[Web], server: Server) -> None:
    """The checker finds nothing in what these tests left."""
    until(lambda: all_ended(server), 90, "every run ends")

    assert violations(server.history()) == []
