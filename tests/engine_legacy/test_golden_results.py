"""Golden results: the sample instruments, every rule, bit for bit through the result_hash.

`python -m tests.engine_legacy.test_golden_results` writes them anew, which a new engine version does.
"""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from stockbt_domain.pin import Pin
from stockbt_domain.request import BacktestRequest
from stockbt_domain.rules import RULES
from stockbt_domain.run import Run
from stockbt_domain.testing import MemoryDatasets, memory_workbench
from stockbt_domain.usecases.execute import compute
from stockbt_engine_legacy import LegacyEngine
from stockbt_market_data.csv_reader import read_csv
from stockbt_market_data.findings import findings
from stockbt_market_data.samples import SAMPLES, open_sample
from stockbt_reporting.metrics import measure

GOLDEN = Path(__file__).with_name("golden_results.json")
TERMS = {
    "plain": {},
    "short and slipped": {"direction": "longshort", "execution": "next_open", "slippage_bps": 5.0},
}
CASES = [(ticker, rule.name, terms) for ticker in SAMPLES for rule in RULES for terms in TERMS]


class Samples(MemoryDatasets):
    """The sample files, by their hashes."""

    def content(self, data_hash):
        """Yield the sample of that hash."""
        for ticker in SAMPLES:
            content = b"".join(open_sample(ticker))
            if hashlib.sha256(content).hexdigest() == data_hash:
                yield content


def result_hash(ticker: str, rule: str, terms: str) -> str:
    """Return the result_hash of a run as the worker computes it."""
    bench = replace(memory_workbench(read_csv, measure, LegacyEngine()), datasets=Samples(), examine=findings)
    first, last = date(1999, 1, 1), date(2018, 12, 31)
    request = BacktestRequest(
        ticker=ticker,
        rule_type=rule,
        rule_id=None,
        params_text="{}",
        start_date=first,
        end_date=last,
        initial_capital=100_000.0,
        fee_rate=0.001,
        slippage_bps=0.0,
        size_type="percent",
        position_size=100.0,
        direction="longonly",
        timeframe="1d",
        execution="close",
        engine="legacy",
    )
    data_hash = hashlib.sha256(b"".join(open_sample(ticker))).hexdigest()
    run = Run(
        run_id="golden",
        created_at=datetime(2024, 1, 1, tzinfo=UTC),
        launcher="LOCAL",
        request=replace(request, **TERMS[terms]),
        pin=Pin(data_hash, adjusted=False, start_date=first, end_date=last, timeframe="1d"),
    )
    return compute(run, bench).hash


@pytest.mark.parametrize(("ticker", "rule", "terms"), CASES, ids=str)
def test_the_result_is_the_golden_one(ticker: str, rule: str, terms: str) -> None:
    """A run of today gives the very bits that were verified."""
    golden = json.loads(GOLDEN.read_text())

    assert result_hash(ticker, rule, terms) == golden[f"{ticker} {rule} {terms}"]


if __name__ == "__main__":
    hashes = {" ".join(case): result_hash(*case) for case in CASES}
    GOLDEN.write_text(json.dumps(hashes, indent=1) + "\n")
