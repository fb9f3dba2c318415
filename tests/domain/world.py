"""A whole product in memory: every port at its simplest, for tests of the use cases."""

import hashlib
from array import array
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import cast

from stockbt_domain.bars import Bars, day_start
from stockbt_domain.columns import ORDER_COLUMNS, TRADE_COLUMNS
from stockbt_domain.datasets import Dataset
from stockbt_domain.ports import PriceFile
from stockbt_domain.request import read_request
from stockbt_domain.run import Run
from stockbt_domain.terms import Terms
from stockbt_domain.testing.launcher import MemoryLauncher
from stockbt_domain.testing.memory import ManualClock, MemoryDatasets, MemoryRuns
from stockbt_domain.testing.workbench import memory_workbench
from stockbt_domain.usecases.cancel import cancel
from stockbt_domain.usecases.execute import execute
from stockbt_domain.usecases.reconcile import Budget, Pass, reconcile
from stockbt_domain.usecases.reproduce import reproduce
from stockbt_domain.usecases.submit import Submission, submit
from stockbt_domain.usecases.workbench import Build

CSV = b"the bytes of a price file"
FIRST, LAST = "2020-01-01", "2020-04-09"
VALID = '{"ticker": "AAPL", "rule_type": "MA_CROSS", "params": {"fast_period": 2e0, "slow_period": 5}}'


def bars(count: int = 100) -> Bars:
    """Return daily bars from 2020-01-01 with a price that rises by 1."""
    from datetime import date, timedelta

    time = array("q", [day_start(date(2020, 1, 1) + timedelta(days=n)) for n in range(count)])
    price = array("d", [100.0 + n for n in range(count)])
    volume = array("d", [1000.0] * count)
    return Bars(memoryview(time), *[memoryview(price)] * 4, memoryview(volume))


def empty(columns: Mapping[str, str]) -> dict[str, memoryview]:
    """Return a table without rows."""
    return {name: memoryview(array(kind)) for name, kind in columns.items()}


@dataclass
class FlatOutcome:
    """The outcome of never trading."""

    equity: memoryview
    position: memoryview
    cash: memoryview
    trades: Mapping[str, memoryview] = field(default_factory=lambda: empty(TRADE_COLUMNS))
    orders: Mapping[str, memoryview] = field(default_factory=lambda: empty(ORDER_COLUMNS))
    unfilled: Mapping[str, int] = field(default_factory=dict)
    ended_at: int | None = None


@dataclass
class StubEngine:
    """Never trades; `error` is raised instead of a result, `drift` is added to the equity."""

    name: str = "stub"
    error: BaseException | None = None
    drift: float = 0.0

    def signals(self, bars: Bars, rule_type: str, params: Mapping[str, int | float]) -> memoryview:
        """Return no signal at all."""
        return memoryview(array("b", bytes(len(bars))))

    def run(self, bars: Bars, terms: Terms) -> FlatOutcome:
        """Return the capital, unchanged."""
        if self.error:
            raise self.error
        money = memoryview(array("d", [terms.initial_capital + self.drift] * len(bars)))
        return FlatOutcome(money, memoryview(array("d", [0.0] * len(bars))), money)


def compute_metrics(
    bars: Bars, terms: Terms, outcome: FlatOutcome, *, timeframe: str
) -> dict[str, float | int | None]:
    """Return two figures, one of them undefined."""
    return {"total_return_pct": 0.0, "num_trades": 0, "win_rate": None}


def read_bars(content: Iterable[bytes], *, timeframe: str, adjust: bool) -> PriceFile:
    """Return the bars, whatever the file says."""
    assert b"".join(content)
    return PriceFile(bars(), ())


class World:
    """All adapters in memory, with AAPL imported; `max_active` runs may have jobs at once."""

    def __init__(self, max_active: int | None = 20) -> None:
        self.engine = StubEngine("legacy")
        self.bench = replace(
            memory_workbench(read_bars, compute_metrics, self.engine, max_active=max_active),
            build=Build("sha", "tag", lambda name: "digest"),
        )
        self.dispatch = self.bench.dispatch
        self.datasets = cast(MemoryDatasets, self.bench.datasets)
        self.runs = cast(MemoryRuns, self.dispatch.runs)
        self.launcher = cast(MemoryLauncher, self.dispatch.launcher)
        self.clock = cast(ManualClock, self.dispatch.clock)
        self.waits: list[float] = []
        self.add_dataset("AAPL", CSV)

    def add_dataset(self, ticker: str, content: bytes) -> Dataset:
        """Import `content` as daily bars of `ticker`."""
        from datetime import date

        data_hash = hashlib.sha256(content).hexdigest()
        first, last = date.fromisoformat(FIRST), date.fromisoformat(LAST)
        dataset = Dataset(
            ticker, "1d", data_hash, False, first, last, 100, len(content), "test", self.clock.now()
        )
        return self.datasets.add(dataset, [content])

    def limit(self, max_active: int | None) -> None:
        """Let so many runs have jobs at once from now on."""
        self.dispatch = replace(self.dispatch, max_active=max_active)
        self.bench = replace(self.bench, dispatch=self.dispatch)

    def submit(self, text: str = VALID, **more: object) -> Submission:
        """Submit a request."""
        return submit(read_request(text), self.bench, **more)  # type: ignore[arg-type]

    def cancel(self, run_id: str) -> Run:
        """Cancel a run."""
        return cancel(run_id, self.dispatch)

    def reproduce(self, run_id: str) -> Run:
        """Submit a run again."""
        return reproduce(run_id, self.bench)

    def reconcile(self, budget: Budget | None = None) -> Pass:
        """Make one pass."""
        return reconcile(self.dispatch, budget=budget)

    def execute(self, run_id: str) -> Run:
        """Execute a run as the worker does; waiting only moves the clock."""

        def wait(seconds: float) -> None:
            self.waits.append(seconds)
            self.clock.advance(seconds)

        return execute(
            run_id,
            self.bench,
            actor="worker",
            lease_seconds=60,
            keep_lease=lambda run: nullcontext(),
            wait=wait,
            deadline_seconds=30,
        )
