"""Lists, submissions, status and the reconciler on MySQL with a million runs and ten million events.

Run `python -m benchmarks.scale [--runs 1000000]`: it starts a MySQL 9.7 of its own in Docker.
"""

import argparse
import itertools
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from stockbt_adapters_mysql.database import Database
    from stockbt_adapters_mysql.runs import SqlRuns

EVENTS = 10
"""Events of each generated run."""
PIECE = 2_000
OPEN = 50
SMALL = 10_000
FILTERS = {
    "ticker": lambda n: f"T{n % 400}",
    "rule_type": lambda n: ("RSI", "MACD", "RSI_MACD", "BOLLINGER_BANDS")[n % 4],
    "status": lambda n: "SUCCEEDED" if n % 10 else "FAILED",
    "rule_id": lambda n: f"label {n % 900}",
}
COMBINATIONS = tuple(names for size in range(5) for names in itertools.combinations(FILTERS, size))
METRICS = json.dumps({f"a_figure_of_a_result_{n}": 1.2345678901234567 * n for n in range(18)})
RUN = """
INSERT INTO runs (run_id, created_at, launcher, request_json, ticker, rule_type, rule_id, params_json,
  start_date, end_date, initial_capital, fee_rate, slippage_bps, size_type, position_size, direction,
  timeframe, execution, data_hash, adjusted, engine, engine_version, engine_digest, image_tag, run_key,
  status, attempt, launches, started_at, completed_at, error_kind, error_code, error_message, result_hash,
  warnings_json, metrics_json)
SELECT id, at, 'LOCAL', '{"ticker": "AAPL", "rule_type": "RSI"}', CONCAT('T', n %% 400),
  ELT(1 + n %% 4, 'RSI', 'MACD', 'RSI_MACD', 'BOLLINGER_BANDS'), CONCAT('label ', n %% 900), '{}',
  '2000-01-03', '2020-12-31', 100000, 0.001, 0, 'percent', 100, 'longonly', '1d', 'close',
  SHA2(n %% 400, 256), 0, 'legacy', 'v', SHA2('e', 256), 'i', SHA2(n, 256),
  IF(n %% 10, 'SUCCEEDED', 'FAILED'), 1, 1, at, at + INTERVAL 3 SECOND,
  IF(n %% 10, NULL, 'system_error'), IF(n %% 10, NULL, 'WORKER_LOST'),
  IF(n %% 10, NULL, 'The worker was lost.'),
  IF(n %% 10, SHA2(n + 1, 256), NULL), '[]', IF(n %% 10, %(metrics)s, '{}')
FROM new_runs
"""
EVENT = """
INSERT INTO run_events (run_id, seq, from_status, to_status, at, attempt, actor, reason, hash)
SELECT id, seq, IF(seq, 'RUNNING', NULL), IF(seq, 'RUNNING', 'PENDING'), at + INTERVAL seq SECOND, seq,
  'worker', 'taken over from a lost worker', SHA2(CONCAT(n, seq), 256)
FROM new_runs, JSON_TABLE(%(steps)s, '$[*]' COLUMNS (seq INT PATH '$')) AS steps
"""
FIGURES = """
INSERT INTO run_figures (run_id, total_return_pct, cagr, sharpe_ratio, max_drawdown_pct, num_trades, spark)
SELECT id, n %% 9973, n %% 997, n %% 499 / 100, n %% 91, n %% 211, REPEAT(X'0000803F', 32)
FROM new_runs WHERE n %% 10
"""
NUMBERS = """
CREATE TEMPORARY TABLE new_runs (n INT PRIMARY KEY, id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  at DATETIME(6)) AS
WITH RECURSIVE seq (n) AS (SELECT %(first)s UNION ALL SELECT n + 1 FROM seq WHERE n + 1 < %(end)s)
SELECT n, REGEXP_REPLACE(LEFT(SHA2(n, 256), 32), '^(.{8})(.{4})(.{4})(.{4})', '$1-$2-$3-$4-') AS id,
  TIMESTAMP('2020-01-01') + INTERVAL n * 150 SECOND + INTERVAL n MICROSECOND AS at FROM seq
"""


def fill(database: "Database", first: int, end: int, *, events: int = EVENTS) -> None:
    """Insert the ended runs with the numbers from `first` up to `end`, each with its events."""
    steps = json.dumps(list(range(events)))
    for begin in range(first, end, PIECE):
        span = {"first": begin, "end": min(begin + PIECE, end)}

        def work(connection: "Connection", span: dict[str, int] = span) -> None:
            run = connection.exec_driver_sql
            run(f"SET SESSION cte_max_recursion_depth = {PIECE + 1}")
            run(NUMBERS, span)
            run(RUN, {"metrics": METRICS})
            run(FIGURES, {"none": 0})
            run(EVENT, {"steps": steps})
            run("DROP TEMPORARY TABLE new_runs")

        database.write(work)


def analyze(database: "Database") -> None:
    """Bring the server's statistics up to date, as its own background thread does in time."""
    database.write(lambda c: c.exec_driver_sql("ANALYZE TABLE runs, run_events").close())


def plans(database: "Database", runs: "SqlRuns", query: Any) -> list[dict[str, Any]]:
    """Return EXPLAIN's rows for the statement with which `runs` reads this page."""
    from sqlalchemy import event

    seen: list[tuple[str, Any]] = []

    def look(_c: Any, _k: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        seen.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", look)
    try:
        runs.page(query)
    finally:
        event.remove(database.engine, "before_cursor_execute", look)
    ((statement, parameters),) = seen
    rows = database.read(
        lambda c: c.exec_driver_sql(f"EXPLAIN FORMAT=TRADITIONAL {statement}", parameters).mappings().all()
    )
    return [dict(row) for row in rows]


def spread(act: Callable[[int], object], rounds: int) -> tuple[float, float]:
    """Return the p50 and p95 of `rounds` calls in milliseconds."""
    return quantiles([timed(lambda n=n: act(n)) for n in range(rounds)])  # type: ignore[misc]


def timed(act: Callable[[], object]) -> float:
    """Return the milliseconds of one call."""
    begin = time.perf_counter()
    act()
    return (time.perf_counter() - begin) * 1e3


def quantiles(values: Sequence[float]) -> tuple[float, float]:
    """Return p50 and p95."""
    return statistics.median(values), statistics.quantiles(values, n=20)[-1]


@contextmanager
def web(url: str) -> Iterator[str]:
    """Run `stockbt web` on the database and yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as home:
        process = subprocess.Popen(
            [sys.executable, "-m", "stockbt_cli", "web", "--port", str(port)],
            env={**os.environ, "DATABASE_URL": url, "STOCKBT_HOME": home},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 60
        while True:
            try:
                fetch(f"{address}/ready")
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        try:
            yield address
        finally:
            process.terminate()
            process.wait(40)


def fetch(url: str) -> Any:
    """Return the JSON at an address."""
    with urllib.request.urlopen(url, timeout=60) as answer:
        return json.load(answer)


def lists(database: "Database", address: str, runs: int) -> None:
    """Print every filter and combination: first page, a page in the depth, and its plan."""
    from stockbt_adapters_mysql.run_list import cursor_of
    from stockbt_adapters_mysql.runs import SqlRuns
    from stockbt_domain.run_query import RunQuery

    repository = SqlRuns(database)
    deep = database.read(
        lambda c: c.exec_driver_sql(
            "SELECT created_at, run_id FROM runs ORDER BY created_at LIMIT 1 OFFSET %s", (runs // 3,)
        ).one()
    )
    from datetime import UTC

    cursor = cursor_of(deep.created_at.replace(tzinfo=UTC), deep.run_id)
    print(f"{'GET /api/runs':36}{'first p50':>10}{'p95':>8}{'deep p50':>10}{'p95':>8}  plan")
    for names in COMBINATIONS:

        def page(n: int, names: tuple[str, ...] = names, at: str | None = None) -> Any:
            given = {name: FILTERS[name](n * 7 + 1) for name in names}
            if at:
                given["cursor"] = at
            return fetch(f"{address}/api/runs?{urllib.parse.urlencode(given)}")

        page(0)
        first = spread(page, 40)
        depth = spread(lambda n, page=page: page(n, at=cursor), 40)  # type: ignore[misc]
        query = RunQuery(**{name: FILTERS[name](8) for name in names})
        told = ", ".join(
            f"{row['type']} {row['key']} {row['rows']}" for row in plans(database, repository, query)
        )
        name = ", ".join(names) or "all"
        print(f"{name:36}{first[0]:10.1f}{first[1]:8.1f}{depth[0]:10.1f}{depth[1]:8.1f}  {told}")


def submissions(database: "Database", rounds: int = 300) -> None:
    """Print what a submission takes beside the commit of a bare INSERT on the same server, in turns."""
    from stockbt_domain.request import read_request
    from stockbt_domain.testing import ManualClock, MemoryLauncher
    from stockbt_domain.usecases.import_data import import_data
    from stockbt_domain.usecases.submit import submit
    from stockbt_runtime.settings import ExecutionSettings
    from stockbt_runtime.workbench import workbench

    from .cold_run import price_file

    bench = workbench(database, ExecutionSettings.from_env({}), launcher=MemoryLauncher(clock=ManualClock()))
    with tempfile.TemporaryDirectory() as folder:
        content = price_file(Path(folder), 2500).read_bytes()
    import_data(
        [content],
        ticker="BENCH",
        source="bench",
        datasets=bench.datasets,
        read_bars=bench.read_bars,
        clock=bench.clock,
    )
    reading = read_request('{"ticker": "BENCH", "rule_type": "RSI"}')

    def one() -> object:
        return submit(reading, bench)

    database.write(
        lambda c: c.exec_driver_sql("CREATE TABLE bare (id CHAR(36) PRIMARY KEY, body TEXT)").close()
    )
    ids = bench.ids

    def bare() -> object:
        row = (ids.new_id(), METRICS)
        return database.write(lambda c: c.exec_driver_sql("INSERT INTO bare VALUES (%s, %s)", row).close())

    one(), bare()
    pairs = [(timed(one), timed(bare)) for _ in range(rounds)]
    ours, theirs = quantiles([a for a, _ in pairs]), quantiles([b for _, b in pairs])
    print(f"submit (row, event, slot) p50 {ours[0]:.1f} ms, p95 {ours[1]:.1f} ms")
    print(f"a bare INSERT and its commit p50 {theirs[0]:.1f} ms, p95 {theirs[1]:.1f} ms")
    print(f"ratio p50 {ours[0] / theirs[0]:.2f}, p95 {ours[1] / theirs[1]:.2f}")
    database.write(lambda c: c.exec_driver_sql("DELETE FROM run_events WHERE actor = 'web'").close())
    database.write(lambda c: c.exec_driver_sql("DELETE FROM runs WHERE ticker = 'BENCH'").close())


def statuses(database: "Database", address: str, *, rate: int = 50, seconds: int = 20) -> None:
    """Print the latency of GET /status at so many requests a second, sent when due and not when answered."""
    found = database.read(
        lambda c: (
            c.exec_driver_sql("SELECT run_id FROM runs WHERE status = 'FAILED' LIMIT 5000").scalars().all()
        )
    )
    chosen = random.Random(3).choices(found, k=rate * seconds)
    begin = time.perf_counter() + 0.5

    def ask(number: int) -> float:
        due = begin + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        fetch(f"{address}/status/{chosen[number]}?series=none")
        return (time.perf_counter() - due) * 1e3

    with ThreadPoolExecutor(32) as pool:
        p50, p95 = quantiles(list(pool.map(ask, range(len(chosen)))))
    print(f"GET /status at {rate} requests/s: p50 {p50:.1f} ms, p95 {p95:.1f} ms")


def passes(database: "Database", folder: Path) -> tuple[float, float]:
    """Return p50 and p95 of the reconciler's pass over OPEN open runs."""
    from stockbt_adapters_local.launcher import LocalLauncher
    from stockbt_adapters_mysql.clock import DatabaseClock
    from stockbt_adapters_mysql.runs import SqlRuns
    from stockbt_domain.usecases.dispatch import Dispatch
    from stockbt_domain.usecases.reconcile import reconcile

    dispatch = Dispatch(SqlRuns(database), LocalLauncher(folder, env={}), DatabaseClock(database))

    def one(_n: int) -> None:
        done = reconcile(dispatch)
        assert (done.open, done.launched, done.failed) == (OPEN, 0, 0), done

    return spread(one, 40)


def open_some(database: "Database") -> None:
    """Let the first runs be RUNNING under a lease that lives."""
    sentence = (
        "UPDATE runs SET status = 'RUNNING', lease_until = UTC_TIMESTAMP(6) + INTERVAL 1 DAY,"
        " started_at = UTC_TIMESTAMP(6), completed_at = NULL ORDER BY created_at LIMIT %s"
    )
    database.write(lambda c: c.exec_driver_sql(sentence, (OPEN,)).close())


def main(arguments: Sequence[str] = ()) -> None:
    """Generate the runs and print every table."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.scale")
    options.add_argument("--runs", type=int, default=1_000_000)
    wanted = options.parse_args(arguments).runs
    from stockbt_adapters_mysql.database import connect
    from stockbt_adapters_mysql.migrate import upgrade
    from testcontainers.community.mysql import MySqlContainer

    server = MySqlContainer("mysql:9.7", username="stockbt", password="stockbt", dbname="stockbt")
    server = server.with_command("mysqld --innodb-buffer-pool-size=4G --innodb-redo-log-capacity=2G")
    with server, tempfile.TemporaryDirectory() as folder:
        from sqlalchemy import URL

        url = URL.create(
            "mysql+pymysql",
            "stockbt",
            "stockbt",
            server.get_container_host_ip(),
            int(server.get_exposed_port(3306)),
            "stockbt",
        )
        database = connect(url, read_timeout=3600)
        upgrade(database)
        begin = time.perf_counter()
        small = min(SMALL, wanted)
        fill(database, 0, small)
        open_some(database)
        analyze(database)
        before = passes(database, Path(folder))
        fill(database, small, wanted)
        analyze(database)
        spent = time.perf_counter() - begin
        print(f"{wanted:,} runs and {wanted * EVENTS:,} events on MySQL 9.7, generated in {spent:.0f} s\n")
        with web(url.render_as_string(hide_password=False)) as address:
            lists(database, address, wanted)
            print()
            statuses(database, address)
        submissions(database)
        after = passes(database, Path(folder))
        print(
            f"reconciler's pass, {OPEN} open runs: p50 {before[0]:.1f} ms, p95 {before[1]:.1f} ms among"
            f" {small:,} runs; p50 {after[0]:.1f} ms, p95 {after[1]:.1f} ms among {wanted:,}"
        )
        database.close()


if __name__ == "__main__":
    main(sys.argv[1:])
