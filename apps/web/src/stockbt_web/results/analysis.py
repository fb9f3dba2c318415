"""What a run's page asks beyond its figures: drawdowns, returns by period, intervals, provenance, excursions.

Each is computed from the stored result when it is first asked for, and kept.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from stockbt_domain.bars import Bars
from stockbt_domain.documents.run import times
from stockbt_domain.errors import DatasetCorrupted, DatasetNotFound, InvalidInput
from stockbt_domain.run import Run

from ..services import services, workbench
from .curves import periods_of, table_of

if TYPE_CHECKING:
    from stockbt_reporting.drawdowns import Drawdown
    from stockbt_reporting.excursions import Excursions
    from stockbt_reporting.periods import YearOfReturns
    from stockbt_reporting.provenance import Provenance
    from stockbt_reporting.uncertainty import Uncertainty


def drawdowns_of(run: Run) -> tuple[Drawdown, ...]:
    """Return a run's ten worst drawdowns. Raises NoResult, ResultCorrupted, as all of these do."""
    from stockbt_reporting.drawdowns import worst_drawdowns

    def make() -> tuple[Drawdown, ...]:
        curve = table_of(run, "equity_curve")
        return worst_drawdowns(curve["time"], curve["equity"])

    return services().cache.get((run.run_id, "drawdowns"), make)


def periods_of_run(run: Run) -> tuple[YearOfReturns, ...]:
    """Return a run's returns by year and month."""
    from stockbt_reporting.periods import period_returns

    def make() -> tuple[YearOfReturns, ...]:
        curve = table_of(run, "equity_curve")
        asked, _ = run.work()
        return period_returns(curve["time"], curve["equity"], asked.initial_capital)

    return services().cache.get((run.run_id, "periods"), make)


def uncertainty_of(run: Run) -> Uncertainty:
    """Return the intervals of a run's figures, or why there are none."""
    from stockbt_reporting.uncertainty import uncertainty

    def make() -> Uncertainty:
        curve = table_of(run, "equity_curve")
        asked, _ = run.work()
        return uncertainty(
            curve["time"],
            curve["equity"],
            asked.initial_capital,
            trades=int(run.end.metrics.get("num_trades") or 0),
            periods=periods_of(run),
        )

    return services().cache.get((run.run_id, "uncertainty"), make)


def provenance_of(run: Run) -> dict[str, Provenance]:
    """Return where each of a run's figures comes from, by the metric's name."""
    from stockbt_reporting.provenance import provenance

    def make() -> dict[str, Provenance]:
        tables = [table_of(run, name) for name in ("equity_curve", "series", "trades")]
        asked, pin = run.work()
        return provenance(
            *tables,
            capital=asked.initial_capital,
            timeframe=pin.timeframe,
            metrics=run.end.metrics,
        )

    return services().cache.get((run.run_id, "provenance"), make)


def excursions_of(run: Run) -> Excursions | None:
    """Return the excursions of a run's trades, in the trades' order; None where its prices are gone."""
    from stockbt_reporting.excursions import excursions

    def make() -> Excursions | None:
        bars = bars_of(run)
        if bars is None:
            return None
        return excursions(table_of(run, "trades"), bars, execution=run.work()[0].execution)

    return services().cache.get((run.run_id, "excursions"), make)


def bars_of(run: Run) -> Bars | None:
    """Return the bars that a run was computed on, None where they are gone or damaged. Not kept."""
    bench = workbench()
    _, pin = run.work()
    try:
        content = bench.datasets.content(pin.data_hash)
        prices = bench.read_bars(content, timeframe=pin.timeframe, adjust=pin.adjusted)
    except (DatasetNotFound, DatasetCorrupted, InvalidInput):
        return None
    return prices.bars.between(pin.start_date, pin.end_date)


def analysis_json(run: Run) -> dict[str, Any]:
    """Return all of it but the excursions as JSON has it."""
    return {
        "drawdowns": drawdowns_json(drawdowns_of(run), run.request.timeframe),
        "periods": [asdict(year) for year in periods_of_run(run)],
        "uncertainty": asdict(uncertainty_of(run)),
        "provenance": {name: asdict(told) for name, told in provenance_of(run).items()},
    }


def drawdowns_json(drawdowns: Sequence[Drawdown], timeframe: str | None) -> list[dict[str, Any]]:
    """Return drawdowns with their times as text."""
    return [
        {
            "depth_pct": found.depth_pct,
            "start": _text(found.start, timeframe),
            "valley": _text(found.valley, timeframe),
            "recovery": None if found.recovery is None else _text(found.recovery, timeframe),
            "days": found.days,
        }
        for found in drawdowns
    ]


def _text(micros: int, timeframe: str | None) -> str | None:
    return times(memoryview(array("q", [micros])), timeframe)[0]
