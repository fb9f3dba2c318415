"""Pages of a run's trades and signals: filtered, sorted and cut on the server, a hundred thousand or more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from stockbt_domain.columns import BUY, LONG, NO_TIME, ORDER_REASONS, SELL, SHORT, public_side
from stockbt_domain.result import Columns

Integers = npt.NDArray[np.int64]
Arrays = Mapping[str, npt.NDArray[Any]]

ROWS = 50
MOST_MARKS = 500
_SECOND = 1_000_000
SORTS = (
    "trade_no",
    "size",
    "entry_timestamp",
    "entry_price",
    "exit_timestamp",
    "exit_price",
    "fees",
    "pnl_abs",
    "pnl_pct",
    "mae_pct",
    "mfe_pct",
    "holding_period",
)
"""Columns that trades can be sorted by; a minus before one turns the order round."""

SIDES = (BUY, SELL)
RESULTS = ("won", "lost", "open")
SIGNALS = ("filled", "unfilled")


@dataclass(frozen=True, slots=True)
class TradeFilter:
    """What the reader asks of the table of trades; `entered_from` and `entered_to` are microseconds."""

    side: str | None = None
    result: str | None = None
    entered_from: int | None = None
    entered_to: int | None = None
    sort: str = "trade_no"


@dataclass(frozen=True, slots=True)
class Slice:
    """The rows of one page: their places in the whole table, which page it is, and of how many."""

    rows: Integers
    page: int
    pages: int
    first: int
    total: int


def arrays(columns: Columns) -> dict[str, npt.NDArray[Any]]:
    """Return a table's columns as arrays, without a copy."""
    return {name: np.asarray(column) for name, column in columns.items()}


def trade_rows(trades: Arrays, wanted: TradeFilter) -> Integers:
    """Return the places of the trades that pass the filter, in order; what has no value comes last."""
    closed = trades["exit_timestamp"] != NO_TIME
    keep = np.ones(len(closed), dtype=bool)
    if wanted.side:
        keep &= trades["side"] == (LONG if wanted.side == BUY else SHORT)
    if wanted.result == "open":
        keep &= ~closed
    elif wanted.result:
        won = trades["pnl_abs"] > 0.0
        keep &= closed & (won if wanted.result == "won" else ~won)
    if wanted.entered_from is not None:
        keep &= trades["entry_timestamp"] >= wanted.entered_from
    if wanted.entered_to is not None:
        keep &= trades["entry_timestamp"] <= wanted.entered_to
    rows = np.flatnonzero(keep)
    name = wanted.sort.removeprefix("-")
    if name == "trade_no" and not wanted.sort.startswith("-"):
        return rows
    values = _sortable(trades, name)[rows]
    order = np.argsort(-values if wanted.sort.startswith("-") else values, kind="stable")
    return rows[order]


def _sortable(trades: Arrays, name: str) -> npt.NDArray[np.float64]:
    """Return a column to sort by; NaN, which every sort puts last, where there is no value."""
    if name == "fees":
        return np.asarray(trades["entry_fees"] + trades["exit_fees"])
    column = trades[name].astype(np.float64)
    return np.where(trades[name] == NO_TIME, np.nan, column) if name == "exit_timestamp" else column


def signal_rows(orders: Arrays, kind: str | None) -> Integers:
    """Return the places of the signal changes that were filled, unfilled, or all."""
    filled = orders["quantity"] != 0.0
    if kind is None:
        return np.arange(len(filled))
    return np.flatnonzero(filled if kind == "filled" else ~filled)


def cut(rows: Integers, page: int) -> Slice:
    """Return page `page`, counted from 1, of `rows`; the last page for one beyond it."""
    pages = max(1, -(-len(rows) // ROWS))
    page = min(page, pages)
    first = (page - 1) * ROWS
    return Slice(rows[first : first + ROWS], page, pages, first, len(rows))


def causes(trades: Arrays, orders: Arrays, rows: Integers, *, execution: str) -> list[dict[str, Any]]:
    """Return for each trade the signals that opened and closed it, as time and name; the closing one is
    None for an open trade, and "ruin" where the position was closed because the equity was gone.

    A fill belongs to the last signal change before it, its own bar included when fills are at the close.
    """
    side: Literal["left", "right"] = "right" if execution == "close" else "left"
    time, signal = orders["timestamp"], orders["signal"]
    found = []
    for row in rows.tolist():
        long = trades["side"][row] == LONG
        opened = int(np.searchsorted(time, trades["entry_timestamp"][row], side)) - 1
        cause: dict[str, Any] = {"opened": _signal(time, signal, opened), "closed": None}
        if trades["exit_timestamp"][row] != NO_TIME:
            closed = int(np.searchsorted(time, trades["exit_timestamp"][row], side)) - 1
            ended = closed < 0 or (signal[closed] > 0) == long
            cause["closed"] = "ruin" if ended else _signal(time, signal, closed)
        found.append(cause)
    return found


def _signal(time: npt.NDArray[Any], signal: npt.NDArray[Any], row: int) -> tuple[int, str] | None:
    return None if row < 0 else (int(time[row]), public_side(signal[row]))


def unfilled_reasons(orders: Arrays) -> list[tuple[str, int]]:
    """Return how many signal changes were not filled, by reason, the most frequent first."""
    reasons, counts = np.unique(orders["reason"][orders["quantity"] == 0.0], return_counts=True)
    named = [(ORDER_REASONS[int(r)], int(n)) for r, n in zip(reasons, counts, strict=True)]
    return sorted(named, key=lambda item: -item[1])


def marks(trades: Arrays, *, start: int, end: int) -> dict[str, Any]:
    """Return the trades that a chart of `start` to `end` (seconds) marks: `total` counts those that were
    entered or left in it, `trades` are they where they are at most MOST_MARKS, and `results` the closed
    ones' exits with their profit or loss, thinned out to each stretch's worst and best.
    """
    entry = trades["entry_timestamp"] // _SECOND
    closed = trades["exit_timestamp"] != NO_TIME
    leave = np.where(closed, trades["exit_timestamp"] // _SECOND, np.iinfo(np.int64).max)
    inside = np.flatnonzero((entry <= end) & (leave >= start))
    listed = []
    if len(inside) <= MOST_MARKS:
        for row in inside.tolist():
            listed.append(
                {
                    "trade_no": int(trades["trade_no"][row]),
                    "side": public_side(trades["side"][row]),
                    "entry": int(entry[row]),
                    "exit": int(leave[row]) if closed[row] else None,
                }
            )
    left = inside[closed[inside] & (leave[inside] <= end)]
    kept = left if len(left) <= 2 * MOST_MARKS else _extremes(left, trades)
    results = {"time": leave[kept].tolist(), "pnl": trades["pnl_abs"][kept].tolist()}
    return {"total": len(inside), "trades": listed, "results": results}


def _extremes(rows: Integers, trades: Arrays) -> Integers:
    """Return of each of MOST_MARKS stretches of `rows` the worst and the best trade, in order."""
    parts = np.array_split(rows, MOST_MARKS)
    pnl = trades["pnl_abs"]
    return np.unique([row for part in parts for row in (part[pnl[part].argmin()], part[pnl[part].argmax()])])
