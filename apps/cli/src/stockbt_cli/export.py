"""The files of a succeeded run: what was stored, as tables and pictures."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from stockbt_domain.ports.engine import ORDER_COLUMNS, TRADE_COLUMNS
from stockbt_domain.result import Result
from stockbt_domain.run import Run
from stockbt_domain.usecases.status import orders, times, trades

CHARTS = ("equity", "drawdown", "portfolio", "trade_pnl", "cumulative_return")
TABLES = ("equity", "trades", "orders")


def run_json(document: Mapping[str, Any]) -> bytes:
    """Return the run's document as a file for people and programs."""
    return json.dumps(document, indent=1, allow_nan=False).encode() + b"\n"


def files_of(run: Run, result: Result, document: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Yield each file's relative path and content; `document` is the run as `GET /status` gives it."""
    from stockbt_reporting.charts import draw

    yield "run.json", run_json(document)
    curve, timeframe = result.equity_curve, run.timeframe
    rows = zip(times(curve["time"], timeframe), curve["equity"], strict=True)
    yield "equity.csv", table(("time", "equity"), rows)
    yield "trades.csv", table(TRADE_COLUMNS, (row.values() for row in trades(result.trades, timeframe)))
    yield "orders.csv", table(ORDER_COLUMNS, (row.values() for row in orders(result.orders, timeframe)))
    title = f"{run.ticker} {run.rule_type} {run.start_date} to {run.end_date}"
    for chart in CHARTS:
        yield f"charts/{chart}.png", draw(chart, result, title, format="png")


def table(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> bytes:
    """Return a CSV file (RFC 4180), numbers in full precision."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()
