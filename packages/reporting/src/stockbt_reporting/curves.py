"""Curves derived from a finished run: drawdown, return and profit by trade, and their decimation."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from stockbt_domain.columns import NO_TIME

"""The exit time stamp of a trade that is still open."""

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def drawdown(equity: npt.ArrayLike) -> Floats:
    """Return (equity / highest equity so far - 1) x 100 at each bar: percent, never positive."""
    values = np.asarray(equity, dtype=np.float64)
    peak = np.maximum.accumulate(values)
    # The peak's own bar must be exactly 0, and a peak of zero or less has no percentage.
    with np.errstate(divide="ignore", invalid="ignore"):
        depth = (values - peak) / peak * 100
    return np.where(values >= peak, 0.0, depth)


def cumulative_return(equity: npt.ArrayLike, capital: float) -> Floats:
    """Return (equity / capital - 1) x 100 at each bar, in percent of the initial `capital`."""
    return (np.asarray(equity, dtype=np.float64) / capital - 1) * 100


def trade_pnl(trades: Mapping[str, memoryview]) -> tuple[Integers, Floats]:
    """Return exit time (microseconds since the epoch) and profit or loss in money of closed trades.

    `trades` has the columns of the trade list; an open trade is in neither array.
    """
    exits = np.asarray(trades["exit_timestamp"], dtype=np.int64)
    closed = exits != NO_TIME
    return exits[closed], np.asarray(trades["pnl_abs"], dtype=np.float64)[closed]


def decimate(time: npt.ArrayLike, columns: Sequence[npt.ArrayLike], points: int) -> Integers:
    """Return increasing indices of at most `points` rows that draw like all of them.

    Kept are the first row, the last row, and the rows of the first column's minimum and maximum in
    each of (points - 2) / 2 buckets of equally many rows, so that no spike is lost; the indices apply
    to `time` and to every column. Raises ValueError for fewer than 4 points or unequal lengths.
    """
    if points < 4:
        raise ValueError("points must be at least 4: first, last, minimum and maximum")
    arrays = [np.asarray(column) for column in columns]
    count = len(np.asarray(time))
    if not arrays or any(len(array) != count for array in arrays):
        raise ValueError("every column must have one value for each time")
    if count <= points:
        return np.arange(count, dtype=np.int64)
    values = arrays[0]
    size = -(-count // ((points - 2) // 2))
    full = count // size * size
    table = values[:full].reshape(-1, size)
    starts = np.arange(0, full, size)
    kept = [[0, count - 1], starts + table.argmin(axis=1), starts + table.argmax(axis=1)]
    if full < count:
        tail = values[full:]
        kept.append([full + tail.argmin(), full + tail.argmax()])
    return np.unique(np.concatenate(kept)).astype(np.int64)
