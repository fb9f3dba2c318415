"""Technical indicators with TA-Lib's definitions and seeds, piece by piece.

A series comes in pieces of bars that stay in the processor's cache while they are worked on: each
function yields them one after another, with its figures of these bars. The first piece begins with
the first bar that has enough history, or with the bar `first`, if that comes later.

A window's sum is built by doubling: of one value, of two, of four, and what the window's length needs
of these. Each window is a small tree of its own values and of nothing else, so nothing drifts on a
long series, a missing value is forgotten when it leaves, and the cost grows with the logarithm of the
window's length.
"""

from collections.abc import Iterator

import numpy as np

from .contract import Floats
from .recursions import Average, ema, wilder

PIECE = 32_768
"""Bars."""


def sma(values: Floats, *periods: int, first: int = 0) -> Iterator[tuple[slice, list[Floats]]]:
    """Yield the means of the last so many values, one for each period."""
    longest = max(periods)
    for bars in _pieces(len(values), max(first, longest - 1)):
        count = bars.stop - bars.start
        sums = _sums(values[bars.start - longest + 1 : bars.stop], periods)
        yield bars, [total[-count:] / period for total, period in zip(sums, periods, strict=True)]


def bollinger(close: Floats, period: int) -> Iterator[tuple[slice, Floats, Floats]]:
    """Yield the mean and the population standard deviation of the last `period` closes.

    The squares are of differences between neighbouring parts of a window (Chan, Golub and LeVeque
    1979), never of prices, so that prices of any height keep their digits.
    """
    for bars in _pieces(len(close), period - 1):
        sums, squares = _moments(close[bars.start - period + 1 : bars.stop], period)
        yield bars, sums / period, np.sqrt(squares / period)


def rsi(close: Floats, period: int, first: int = 0) -> Iterator[tuple[slice, Floats, Floats]]:
    """Yield Wilder's RSI in percent, and the average movement up and down it is a share of.

    RSI is NaN where nothing has moved.
    """
    decay = wilder(period, _most(close))
    moving, rising = Average(period, decay), Average(period, decay)
    begin = 1
    for bars in _pieces(len(close), max(first, period)):
        change = close[begin : bars.stop] - close[begin - 1 : bars.stop - 1]
        movement = moving.after(np.abs(change))
        strength = rising.after(np.maximum(change, 0.0, out=change))
        with np.errstate(invalid="ignore"):
            strength /= movement
        strength *= 100.0
        count = bars.stop - bars.start
        yield bars, strength[-count:], movement[-count:]
        begin = bars.stop


def macd(
    close: Floats, fast: int, slow: int, signal: int, first: int = 0
) -> Iterator[tuple[slice, Floats, Floats]]:
    """Yield the MACD line and its signal line."""
    quick, usual, smooth = (Average(period, ema(period, _most(close))) for period in (fast, slow, signal))
    begin, begin_quick = 0, slow - fast
    for bars in _pieces(len(close), max(first, slow + signal - 2)):
        line = quick.after(close[begin_quick : bars.stop])
        line -= usual.after(close[begin : bars.stop])
        smoothed = smooth.after(line)
        count = bars.stop - bars.start
        yield bars, line[-count:], smoothed[-count:]
        begin = begin_quick = bars.stop


def atr(high: Floats, low: Floats, close: Floats, period: int) -> Iterator[tuple[slice, Floats]]:
    """Yield Wilder's average true range, in the price's unit."""
    average = Average(period, wilder(period, _most(close)))
    begin = 1
    for bars in _pieces(len(close), period):
        top, bottom, before = (
            high[begin : bars.stop],
            low[begin : bars.stop],
            close[begin - 1 : bars.stop - 1],
        )
        reach = top - bottom
        np.maximum(reach, np.abs(top - before), out=reach)
        np.maximum(reach, np.abs(bottom - before), out=reach)
        yield bars, average.after(reach)
        begin = bars.stop


def _pieces(bars: int, first: int) -> Iterator[slice]:
    """Yield the pieces of a series of so many bars."""
    for start in range(first, bars, PIECE):
        yield slice(start, min(start + PIECE, bars))


def _most(values: Floats) -> int:
    """Return how many bars of a series are worked on at once, at most."""
    return min(len(values), PIECE)


def _sums(values: Floats, periods: tuple[int, ...]) -> list[Floats]:
    """Return the sums of all windows of each period, (n - period + 1,)."""
    sums, covered = [values] * len(periods), [0] * len(periods)
    power, size, longest = values, 1, max(periods)
    while True:
        for number, period in enumerate(periods):
            if period & size:
                done = covered[number]
                sums[number] = sums[number][: len(power) - done] + power[done:] if done else power
                covered[number] += size
        if 2 * size > longest:
            return sums
        power = power[:-size] + power[size:]
        size *= 2


def _moments(values: Floats, period: int) -> tuple[Floats, Floats]:
    """Return the sums and the sums of squared distances from the mean of all windows of `period`."""
    zeros = np.zeros(len(values))
    sums, squares, covered = values, zeros, 0
    power, power_squares, size = values, zeros, 1
    while True:
        if period & size:
            if covered:
                end = len(power) - covered
                apart = sums[:end] * size - power[covered:] * covered
                apart *= apart
                apart /= float(covered * size * (covered + size))
                squares = squares[:end] + power_squares[covered:] + apart
                sums = sums[:end] + power[covered:]
            else:
                sums, squares = power, power_squares
            covered += size
        if covered == period:
            return sums, squares
        apart = power[:-size] - power[size:]
        apart *= apart
        apart /= 2.0 * size
        apart += power_squares[:-size]
        apart += power_squares[size:]
        power, power_squares = power[:-size] + power[size:], apart
        size *= 2
