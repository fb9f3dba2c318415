"""The tables of a result as files and pages carry them."""

from collections.abc import Iterable
from typing import Any

from ..columns import ORDER_COLUMNS, TRADE_COLUMNS
from ..result import Result
from ..run import Run
from .run import orders, times, trades

TABLES = ("equity", "trades", "orders")

Table = tuple[Iterable[str], Iterable[Iterable[Any]]]


def table(name: str, run: Run, result: Result) -> Table:
    """Return the header and the rows of one of TABLES, in full precision."""
    if name == "equity":
        curve = result.equity_curve
        return ("time", "equity"), zip(
            times(curve["time"], run.request.timeframe), curve["equity"], strict=True
        )
    if name == "trades":
        return TRADE_COLUMNS, (row.values() for row in trades(result.trades, run.request.timeframe))
    return ORDER_COLUMNS, (row.values() for row in orders(result.orders, run.request.timeframe))
