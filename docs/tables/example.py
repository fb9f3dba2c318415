"""A request, a refused one and a run, as they really come out: made in memory on a sample instrument."""

import json
import re
from contextlib import nullcontext
from dataclasses import replace
from functools import cache
from typing import Any

from stockbt_domain.documents.run import status
from stockbt_domain.request import read_request
from stockbt_domain.testing import ManualClock
from stockbt_domain.testing.workbench import memory_workbench
from stockbt_domain.usecases.execute import execute
from stockbt_domain.usecases.import_data import import_data
from stockbt_domain.usecases.submit import submit
from stockbt_domain.usecases.workbench import Build
from stockbt_market_data.csv_reader import read_csv
from stockbt_market_data.findings import findings
from stockbt_market_data.samples import open_sample
from stockbt_reporting.metrics import measure
from stockbt_runtime.engines import load_engine

from .markdown import fenced

REQUEST = {
    "ticker": "SP500",
    "rule_type": "MOVING_AVERAGE_CROSS",
    "params": {"fast_period": 20},
    "start_date": "2015-01-01",
    "end_date": "2015-06-30",
    "execution": "next_open",
}
REFUSED = {"ticker": "SP500", "rule_type": "MACD", "fee_rate": 2, "colour": "red"}
_HASH = re.compile(r'"([0-9a-f]{8})[0-9a-f]{56}"')
_SHOWN_ROWS = 2


def request() -> str:
    """Return the request."""
    return fenced("json", json.dumps(REQUEST, indent=2))


def refused() -> str:
    """Return what a request with two problems is answered."""
    problems = [problem.as_json() for problem in read_request(json.dumps(REFUSED)).problems]
    for problem in problems:
        if isinstance(problem.get("allowed"), list):
            problem["allowed"] = [*problem["allowed"][:_SHOWN_ROWS], "…"]
    return fenced("json", json.dumps({"errors": problems}, indent=2, ensure_ascii=False))


def run() -> str:
    """Return the run as `GET /status` gives it, long lists and hashes shortened."""
    document = _executed()
    curve = {name: [*column[:_SHOWN_ROWS], "…"] for name, column in document["equity_curve"].items()}
    shown = {**document, "equity_curve": curve, "trades": [*document["trades"][:1], "…"]}
    text = json.dumps(shown, indent=2, ensure_ascii=False)
    text = re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda found: f"[{' '.join(found[1].split())}]", text)
    return fenced("json", _HASH.sub(r'"\1…"', text))


@cache
def _executed() -> dict[str, Any]:
    bench = replace(
        memory_workbench(read_csv, measure, load_engine("legacy")),
        examine=findings,
        # Not this build's: the example would change with every commit and every Python.
        build=Build("4f1d8c27a9e0", "4f1d8c27a9e0", lambda name: "0" * 64),
    )
    clock = bench.clock
    assert isinstance(clock, ManualClock)
    import_data(
        open_sample("SP500"),
        ticker="SP500",
        source="sample",
        datasets=bench.datasets,
        read_bars=read_csv,
        clock=clock,
    )
    submission = submit(read_request(json.dumps(REQUEST)), bench)
    clock.advance(1.5)
    execute(
        submission.run.run_id,
        bench,
        actor="worker",
        lease_seconds=60,
        keep_lease=lambda run: nullcontext(),
        wait=clock.advance,
    )
    return status(submission.run.run_id, runs=bench.runs)
