"""Technical indicators with TA-Lib's definitions and seeds; NaN until there is enough history.

Averages over a window are summed in blocks as long as the window (van Herk): each window is the end
of one block and the beginning of the next, two sums that were never part of anything longer. Nothing
drifts on a long series, a missing value is forgotten when it leaves the window, and the cost does
not depend on the window's length.
"""

from typing import NamedTuple

import numpy as np

from .contract import Floats
from .recursions import ema, wilder


class Band(NamedTuple):
    """Bollinger's middle, the close's distance from it, and the standard deviation, one a bar."""

    middle: Floats
    distance: Floats
    deviation: Floats


def sma(values: Floats, period: int) -> Floats:
    """Return the mean of the last `period` values at each bar (n,)."""
    mean = np.full(len(values), np.nan)
    if len(values) >= period:
        blocks = _blocks(values, period)
        heads = np.cumsum(blocks, axis=1).ravel()
        tails = np.cumsum(blocks[:, ::-1], axis=1)
        tails[:, -1] = 0.0  # a window that is one block is that block's beginning alone
        windows = mean[period - 1 :]
        np.add(heads[period - 1 : len(values)], tails[:, ::-1].ravel()[: len(windows)], out=windows)
        windows /= period
    return mean


def bollinger(close: Floats, period: int) -> Band:
    """Return the mean and population standard deviation of the last `period` closes at each bar (n,).

    Sums are of distances from a close inside the window, so that prices of any height keep their
    digits, and a window of one price deviates by exactly nothing.
    """
    bars = len(close)
    if bars < period:
        return Band(*(np.full(bars, np.nan) for _ in range(3)))
    blocks = _blocks(close, period)
    count = len(blocks)
    anchor = blocks[:, :1]
    other = blocks[:, -1:]
    shift = np.zeros((count, 1))
    shift[1:] = other[:-1] - anchor[1:]
    left = np.arange(period - 1, -1, -1.0)

    head = blocks - anchor
    tail = (blocks - other)[:, ::-1]
    tail_sum = _previous(np.cumsum(tail, axis=1))
    total = np.cumsum(head, axis=1) + (tail_sum + left * shift)
    np.multiply(tail, tail, out=tail)
    squares = _previous(np.cumsum(tail, axis=1)) + shift * (2.0 * tail_sum + left * shift)
    squares += np.cumsum(head * head, axis=1)

    offset = total / period
    variance = squares / period - offset * offset
    middle = (anchor + offset).ravel()[:bars]
    distance = (head - offset).ravel()[:bars]
    deviation = np.sqrt(np.maximum(variance, 0.0)).ravel()[:bars]
    for column in (middle, distance, deviation):
        column[: period - 1] = np.nan
    return Band(middle, distance, deviation)


def rsi(close: Floats, period: int) -> tuple[Floats, Floats]:
    """Return Wilder's RSI in percent, and the average movement up and down it is a share of (n,)."""
    strength = np.full(len(close), np.nan)
    movement = np.full(len(close), np.nan)
    if len(close) > period:
        change = np.diff(close)
        gain = _wilder_from_mean(np.maximum(change, 0.0), period)
        movement[period:] = gain + _wilder_from_mean(np.maximum(-change, 0.0), period)
        moved = movement[period:] > 0.0
        np.divide(gain, movement[period:], out=strength[period:], where=moved)
        strength *= 100.0
    return strength, movement


def macd(close: Floats, fast: int, slow: int, signal: int) -> tuple[Floats, Floats]:
    """Return the MACD line and its signal line (n,), both from the signal line's first bar."""
    line = np.full(len(close), np.nan)
    smoothed = np.full(len(close), np.nan)
    first = slow + signal - 2
    if len(close) > first:
        quick = _ema_from_mean(close[slow - fast :], fast)
        gap = quick - _ema_from_mean(close, slow)
        line[first:] = gap[signal - 1 :]
        smoothed[first:] = _ema_from_mean(gap, signal)
    return line, smoothed


def atr(high: Floats, low: Floats, close: Floats, period: int) -> Floats:
    """Return Wilder's average true range at each bar (n,), in the price's unit."""
    average = np.full(len(close), np.nan)
    if len(close) > period:
        before = close[:-1]
        reach = high[1:] - low[1:]
        np.maximum(reach, np.abs(high[1:] - before), out=reach)
        np.maximum(reach, np.abs(low[1:] - before), out=reach)
        average[period:] = _wilder_from_mean(reach, period)
    return average


def _ema_from_mean(values: Floats, period: int) -> Floats:
    seed = _mean(values[:period])
    return np.concatenate(([seed], ema(values[period:], seed, period)))


def _wilder_from_mean(values: Floats, period: int) -> Floats:
    seed = _mean(values[:period])
    return np.concatenate(([seed], wilder(values[period:], seed, period)))


def _mean(values: Floats) -> float:
    """Return the mean, added up from the first to the last as TA-Lib's seeds are."""
    return float(np.cumsum(values)[-1]) / len(values)


def _blocks(values: Floats, period: int) -> Floats:
    """Return `values` as rows of `period`, the last one filled up with its own last value."""
    rows = -(-len(values) // period)
    if rows * period == len(values):
        return values.reshape(rows, period)
    padded = np.empty(rows * period)
    padded[: len(values)] = values
    padded[len(values) :] = values[-1]
    return padded.reshape(rows, period)


def _previous(tails: Floats) -> Floats:
    """Return, for each place in a block, the sum over the part of its window in the block before.

    `tails[b, j]` is the sum of the last j + 1 of block b.
    """
    sums = np.zeros_like(tails)
    sums[1:, :-1] = tails[:-1, -2::-1]
    return sums
