"""The product in memory with the real engine, metrics and price reader, for what reads results."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
from stockbt_engine_legacy import LegacyEngine
from stockbt_market_data.csv_reader import read_csv
from stockbt_reporting.metrics import measure

from tests.domain.world import World

BARS = 600
REQUEST = (
    '{"ticker": "WALK", "rule_type": "MA_CROSS", "params": {"fast_period": 3, "slow_period": 8},'
    ' "direction": "longshort", "position_size": 40, "execution": "%s", "rule_id": "%s"}'
)


def prices(bars: int = BARS) -> bytes:
    """Return a CSV file of a seeded random walk."""
    rng = np.random.default_rng(11)
    close = 100 * np.cumprod(1 + rng.normal(0.0005, 0.012, bars))
    low, high = close * (1 - rng.random(bars) * 0.01), close * (1 + rng.random(bars) * 0.01)
    lines = ["Date,Open,High,Low,Close,Volume"]
    for number, (c, lo, hi) in enumerate(zip(close.tolist(), low.tolist(), high.tolist(), strict=True)):
        day = date(2020, 1, 1) + timedelta(days=number)
        lines.append(f"{day},{(lo + hi) / 2:.4f},{hi:.4f},{lo:.4f},{c:.4f},1000")
    return "\n".join(lines).encode() + b"\n"


class RealWorld(World):
    """Executes with everything that a worker has."""

    def __init__(self) -> None:
        super().__init__()
        content = prices()
        known = self.add_dataset("WALK", content)
        last = date(2020, 1, 1) + timedelta(days=BARS - 1)
        self.datasets._versions[-1] = replace(known, last=last, bars=BARS)
        self.bench = replace(
            self.bench,
            load_engine=lambda name: LegacyEngine(),
            compute_metrics=measure,
            read_bars=read_csv,
        )

    def finished(self, *, label: str = "", execution: str = "close") -> str:
        """Submit a run that trades, execute it, and return its id."""
        run_id = self.submit(REQUEST % (execution, label)).run.run_id
        assert self.execute(run_id).status == "SUCCEEDED", self.runs.get(run_id).end.error_message
        return run_id
