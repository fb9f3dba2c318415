"""A run as one HTML file that needs no network: figures, charts, trades, and where everything comes from.

The text is English; whatever a user wrote is escaped by the template.
"""

import base64
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, select_autoescape
from stockbt_domain.documents.run import times, trades
from stockbt_domain.figure_text import in_full, known, number_text
from stockbt_domain.figures import BY_NAME, FIGURES
from stockbt_domain.result import Result
from stockbt_domain.run import Run
from stockbt_reporting.chart_names import CHARTS
from stockbt_reporting.charts import draw
from stockbt_reporting.drawdowns import worst_drawdowns
from stockbt_reporting.metrics import PERIODS_PER_YEAR
from stockbt_reporting.periods import period_returns
from stockbt_reporting.provenance import provenance
from stockbt_reporting.uncertainty import uncertainty

MOST_TRADES = 5000
"""Trades that the report lists; a browser would not open a file with all of a million."""

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def report_html(run: Run, result: Result, document: Mapping[str, Any]) -> bytes:
    """Return the report of a succeeded run; `document` is the run as `GET /status` gives it."""
    asked, pin = run.work()
    timeframe, capital = pin.timeframe, asked.initial_capital
    curve = result.equity_curve
    closed = int(run.end.metrics.get("num_trades") or 0)
    part = {name: column[:MOST_TRADES] for name, column in result.trades.items()}
    periods = PERIODS_PER_YEAR[timeframe]
    page = _template().render(
        run=run,
        document=document,
        figures=FIGURES,
        by_name=BY_NAME,
        told=provenance(
            curve, result.series, result.trades, capital=capital, timeframe=timeframe, metrics=run.end.metrics
        ),
        doubt=uncertainty(curve["time"], curve["equity"], capital, trades=closed, periods=periods),
        drawdowns=worst_drawdowns(curve["time"], curve["equity"]),
        years=period_returns(curve["time"], curve["equity"], capital),
        months=MONTHS,
        charts=[(name, _data_uri(draw(name, result, run.title, format="svg"))) for name in CHARTS],
        trades=trades(part, timeframe),
        trade_count=len(result.trades["trade_no"]),
        day=lambda micros: times(memoryview(micros.to_bytes(8, "little", signed=True)).cast("q"), timeframe)[
            0
        ],
        number=number_text,
        plain=_plain,
    )
    return page.encode()


@cache
def _template() -> Template:
    loader = PackageLoader("stockbt_exports", "bundled")
    known = Environment(
        loader=loader,
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return known.get_template("report.html")


def _data_uri(svg: bytes) -> str:
    """Return a picture as an address: an image runs no script, and its ids meet no other's."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode()


def _plain(value: float | None) -> str:
    """Return a price or a size, which is no figure, for reading; it is in full in run.json."""
    if not known(value) or not in_full(value):
        return number_text(value, "ratio")
    return f"{value:,.2f}" if abs(value) >= 0.1 or value == 0 else f"{value:.4g}"
