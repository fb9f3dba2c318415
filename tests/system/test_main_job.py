"""The main job, end to end on one machine: from a request to a result that others confirm."""

import json
import math
import os
import signal
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import talib

from tests.engine_legacy.market import terms_of
from tests.engine_legacy.peers import by_backtesting, real_bars
from tests.running_web import Site, start, stop
from tests.waiting import until

CROSS = {
    "ticker": "SP500",
    "rule_type": "MOVING_AVERAGE_CROSS",
    "params": {"fast_period": 20, "slow_period": 50},
}


def csv_of(bars: int, seed: int = 7) -> bytes:
    """Return a price file with a random walk of one-minute-apart bars, times in UTC."""
    rng = np.random.default_rng(seed)
    close = 100 * np.cumprod(1 + rng.normal(0, 0.0005, bars))
    time = np.datetime_as_string(np.datetime64("2010-01-01T00:00") + np.arange(bars) * np.timedelta64(5, "m"))
    rows = (
        f"{t}:00Z,{p:.4f},{p * 1.001:.4f},{p * 0.999:.4f},{p:.4f},1000\n"
        for t, p in zip(time, close, strict=True)
    )
    return ("Date,Open,High,Low,Close,Volume\n" + "".join(rows)).encode()


def test_a_sample_instrument_is_backtested_and_confirmed_by_backtesting_py(site: Site) -> None:
    """The figures of SP500 equal those of an independent backtester on the same bars, to 1e-9."""
    run = site.run(CROSS)
    bars = real_bars("sp500")
    close = np.asarray(bars.close)
    fast, slow = talib.SMA(close, 20), talib.SMA(close, 50)
    signals = (fast > slow).astype(int) - (fast < slow).astype(int)
    peer = by_backtesting(bars, signals, terms_of(initial_capital=100_000.0, fee_rate=0.001))

    closed = [t for t in run["trades"] if t["exit_timestamp"]]
    equity = np.array(run["equity_curve"]["equity"])
    assert np.allclose(equity[peer.comparable], peer.equity[peer.comparable], rtol=1e-9, atol=0)
    assert [t["size"] for t in closed] == np.round(peer.sizes, 6).tolist()
    assert np.allclose([t["pnl_abs"] for t in closed], peer.results, rtol=1e-9, atol=1e-9)
    assert math.isclose(run["metrics"]["buy_hold_return_pct"], (close[-1] / close[0] - 1) * 100, rel_tol=1e-9)


def test_an_imported_file_is_backtested_and_older_runs_keep_their_data(site: Site) -> None:
    """New bytes become the newest version; the run made before still names and has its own."""
    first, second = csv_of(3000, seed=1), csv_of(3000, seed=2)
    body = {"ticker": "OWN", "rule_type": "RSI", "timeframe": "5m"}
    made = site.upload(first, "OWN", timeframe="5m")
    old = site.run(body)
    again = site.upload(first, "OWN", timeframe="5m")
    site.upload(second, "OWN", timeframe="5m")
    new = site.run(body)
    reproduced = site.ended(site.call("POST", f"/api/runs/{old['run_id']}/reproduce")[1]["run_id"])

    assert (made[0], again[1]["known"]) == (201, True)
    assert old["data_hash"] == made[1]["data_hash"] != new["data_hash"]
    assert (reproduced["verdict"], reproduced["data_hash"]) == ("identical", old["data_hash"])
    assert old["result_hash"] != new["result_hash"]


@pytest.mark.parametrize(
    "change",
    [
        {"fee_rate": 0.0011},
        {"initial_capital": 100_001},
        {"params": {"fast_period": 21}},
        {"ticker": "NASDAQ"},
    ],
    ids=str,
)
def test_any_change_of_the_input_changes_the_run_key(site: Site, change: dict[str, Any]) -> None:
    """And leaving out what is the default changes nothing."""
    base = site.run(CROSS)
    same = site.run({"ticker": "SP500", "rule_type": "MA_CROSS", "fee_rate": 1e-3})
    other = site.run({**CROSS, **change})

    assert (same["run_key"], same["result_hash"]) == (base["run_key"], base["result_hash"])
    assert other["run_key"] != base["run_key"]


def test_a_killed_worker_is_replaced_and_the_row_tells_the_story(tmp_path: Path) -> None:
    """kill -9 in the middle of a run: a second attempt completes it, and no lease has to run out."""
    site = start(tmp_path)
    try:
        site.upload(csv_of(400_000), "BIG", timeframe="5m")
        body = {"ticker": "BIG", "rule_type": "RSI", "timeframe": "5m"}
        run_id = site.call("POST", "/run_backtest", body)[1]["run_id"]

        def running() -> bool:
            return bool(site.call("GET", f"/status/{run_id}?series=none")[1]["status"] == "RUNNING")

        until(running, 30, "a worker has claimed the run")
        (lock,) = (tmp_path / "workers").glob("run-*.lock")
        os.kill(int(lock.read_text()), signal.SIGKILL)
        run = site.ended(run_id, 50)

        assert (run["status"], run["attempt"]) == ("SUCCEEDED", 2)
        assert [e["to"] for e in run["events"]] == ["PENDING", "RUNNING", "RUNNING", "SUCCEEDED"]
    finally:
        stop(site)


def test_a_worker_that_cannot_work_is_told_on_the_row(tmp_path: Path) -> None:
    """A broken installation fails the run with its last words, and the web app lives on."""
    site = start(tmp_path, PYTHONPATH=str(broken_worker(tmp_path / "broken")))
    try:
        run = site.run({"ticker": "SP500", "rule_type": "RSI"})

        assert (run["status"], run["error_kind"], run["error_code"]) == (
            "FAILED",
            "system_error",
            "WORKER_LOST",
        )
        assert "this worker is broken" in run["error_message"]
        assert site.call("GET", "/health")[0] == 200
    finally:
        stop(site)


def broken_worker(folder: Path) -> Path:
    """Return a folder whose stockbt_worker ends before it begins."""
    worker = folder / "stockbt_worker"
    worker.mkdir(parents=True)
    (worker / "__init__.py").write_text("")
    engines = "def engine_names():\n    return ('legacy',)\n\ndef engine_digest(name):\n    return '0' * 64\n"
    (worker / "engines.py").write_text(engines)
    (worker / "__main__.py").write_text("raise ImportError('this worker is broken')\n")
    return folder


def test_a_restarted_web_app_launches_what_was_left_pending(tmp_path: Path) -> None:
    """The row is the outbox: runs whose web was killed while they waited are not lost."""
    first = start(tmp_path, STOCKBT_LOCAL_WORKERS="1")
    body = {"ticker": "SP500", "rule_type": "RSI"}
    ids = [first.call("POST", "/run_backtest", body)[1]["run_id"] for _ in range(4)]
    os.killpg(first.process.pid, signal.SIGKILL)
    first.process.wait(10)
    second = start(tmp_path)
    try:
        runs = [second.ended(run_id) for run_id in ids]

        assert [run["status"] for run in runs] == ["SUCCEEDED"] * 4
    finally:
        stop(second)


def test_a_burst_runs_in_order_and_only_so_many_at_once(tmp_path: Path) -> None:
    """First come, first served, within the machine's limit."""
    site = start(tmp_path, STOCKBT_LOCAL_WORKERS="1")
    try:
        body = {"ticker": "SP500", "rule_type": "RSI"}
        ids = [site.call("POST", "/run_backtest", body)[1]["run_id"] for _ in range(6)]
        runs = [site.ended(run_id) for run_id in ids]

        started = [run["started_at"] for run in runs]
        assert started == sorted(started)
        assert all(a["completed_at"] <= b["started_at"] for a, b in pairwise(runs))
    finally:
        stop(site)


def test_every_line_of_the_log_is_json_and_one_run_id_tells_the_story(site: Site) -> None:
    """Web, launcher and worker name the run."""
    run_id = site.run(CROSS)["run_id"]

    def told() -> set[tuple[str, str]]:
        lines = [json.loads(line) for line in site.log.read_text().splitlines() if line.startswith("{")]
        return {(line["app"], line["message"]) for line in lines if line.get("run_id") == run_id}

    # The row says SUCCEEDED before the worker's last line: it commits first and tells afterwards.
    milestones = {("web", "worker started"), ("worker", "run claimed"), ("worker", "run succeeded")}
    until(lambda: milestones <= told(), 30, "the worker tells the end of the run")
    others = [line for line in site.log.read_text().splitlines() if not line.startswith("{")]
    assert all("is open at" in line for line in others)


def test_a_million_bars_are_imported_run_and_shown(site: Site) -> None:
    """And the page's curves are a few thousand points."""
    status, made = site.upload(csv_of(1_000_000), "MILLION", timeframe="5m")
    run = site.run({"ticker": "MILLION", "rule_type": "MA_CROSS", "timeframe": "5m"}, deadline=120)
    curves = site.call("GET", f"/api/runs/{run['run_id']}/series?points=2000")[1]

    assert (status, made["bars"]) == (201, 1_000_000)
    assert run["status"] == "SUCCEEDED"
    assert len(run["equity_curve"]["equity"]) == 1_000_000
    assert (curves["bars"], curves["shown"] <= 2000) == (1_000_000, True)
