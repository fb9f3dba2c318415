"""Holding the security instead: the figures that stand beside a run's own."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from stockbt_domain.bars import Bars
from stockbt_domain.columns import ORDER_COLUMNS, TRADE_COLUMNS
from stockbt_domain.figures import FIGURES
from stockbt_domain.result import Columns, Metrics
from stockbt_domain.run import Run
from stockbt_domain.terms import Terms
from stockbt_reporting.metrics import measure

from ..services import services
from .curves import curves_of, table_of

HELD = tuple(figure.name for figure in FIGURES if figure.held)
"""Figures that holding the security has too."""


@dataclass(frozen=True, slots=True)
class _Holding:
    """The outcome of putting all the capital into the security at the first close, without cost."""

    equity: memoryview
    position: memoryview
    cash: memoryview
    trades: Columns = field(default_factory=lambda: _empty(TRADE_COLUMNS))
    orders: Columns = field(default_factory=lambda: _empty(ORDER_COLUMNS))
    unfilled: Mapping[str, int] = field(default_factory=dict)
    ended_at: int | None = None


def _empty(columns: Mapping[str, str]) -> Columns:
    return {name: memoryview(array(kind)) for name, kind in columns.items()}


def holding_of(run: Run) -> Metrics:
    """Return the figures HELD of holding the security over the same bars with the same capital."""
    return services().cache.get((run.run_id, "held"), lambda: _measured(run))


def _measured(run: Run) -> Metrics:
    time, close = table_of(run, "equity_curve")["time"], curves_of(run).columns["close"]
    asked, pin = run.work()
    capital = asked.initial_capital
    shares = np.full(len(close), capital / close[0])
    price = np.ascontiguousarray(close).data
    outcome = _Holding((capital * close / close[0]).data, shares.data, (shares * 0.0).data)
    terms = Terms("", {}, capital, 0.0, 0.0, "percent", 100.0, "longonly", "close")
    bars = Bars(time, price, price, price, price, price)
    figures = measure(bars, terms, outcome, timeframe=pin.timeframe)
    return {name: figures[name] for name in HELD}
