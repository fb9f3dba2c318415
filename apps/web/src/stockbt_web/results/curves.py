"""What pages and programs ask of an ended run again and again, read and computed once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockbt_domain.result import Columns
from stockbt_domain.run import Run

from ..services import services, workbench

if TYPE_CHECKING:  # numpy, which answering /health does without
    from stockbt_reporting.chart_data import Curves


def table_of(run: Run, name: str) -> Columns:
    """Return one table of a run's result. Raises RunNotFound, NoResult, ResultCorrupted."""
    s, bench = services(), workbench()
    return s.cache.get((run.run_id, name), lambda: bench.runs.table(run.run_id, name))


def curves_of(run: Run, *, rolling_window: int | None = None) -> Curves:
    """Return a run's curves, with the rolling figures over so many bars where that is asked.

    Raises RunNotFound, NoResult, ResultCorrupted.
    """
    from stockbt_reporting import chart_data

    s, bench = services(), workbench()

    def make() -> Curves:
        curve, series = (bench.runs.table(run.run_id, name) for name in ("equity_curve", "series"))
        asked, _ = run.work()
        return chart_data.curves_of(curve, series, asked.initial_capital)

    curves = s.cache.get((run.run_id, "curves"), make)
    if rolling_window is None:
        return curves
    periods = periods_of(run)
    rolling = s.cache.get(
        (run.run_id, "rolling", rolling_window), lambda: curves.rolling(rolling_window, periods)
    )
    return curves.with_columns(rolling)


def periods_of(run: Run) -> float:
    """Return how many bars of the run make a year."""
    from stockbt_reporting.metrics import PERIODS_PER_YEAR

    _, pin = run.work()
    return PERIODS_PER_YEAR[pin.timeframe]
