"""Technical indicators with TA-Lib's definitions and seeds; NaN until there is enough history.

A window's sum is built by doubling: of one value, of two, of four, and what the window's length needs
of these. Each window is a small tree of its own values and of nothing else, so nothing drifts on a
long series, a missing value is forgotten when it leaves, and the cost grows with the logarithm of the
window's length.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from .contract import Floats
from .recursions import ema, wilder

CHUNK = 16_384
"""Windows computed at a time: few enough to stay in the processor's cache."""


class Band(NamedTuple):
    """Bollinger's middle and the standard deviation around it, one a bar."""

    middle: Floats
    deviation: Floats


def sma(values: Floats, period: int) -> Floats:
    """Return the mean of the last `period` values at each bar (n,)."""
    mean = _without_history(len(values), period - 1)
    for part, out in _chunks(values, period, mean):
        np.divide(_sums(part, period), period, out=out)
    return mean


def bollinger(close: Floats, period: int) -> Band:
    """Return the mean and population standard deviation of the last `period` closes at each bar (n,).

    The squares are of differences between neighbouring parts of a window (Chan, Golub and LeVeque
    1979), never of prices, so that prices of any height keep their digits.
    """
    middle, deviation = (_without_history(len(close), period - 1) for _ in range(2))
    pairs = zip(_chunks(close, period, middle), _chunks(close, period, deviation), strict=True)
    for (part, mean), (_, spread) in pairs:
        sums, squares = _moments(part, period)
        np.divide(sums, period, out=mean)
        np.divide(squares, period, out=spread)
        np.sqrt(spread, out=spread)
    return Band(middle, deviation)


def rsi(close: Floats, period: int) -> tuple[Floats, Floats]:
    """Return Wilder's RSI in percent, and the average movement up and down it is a share of (n,).

    RSI is NaN where nothing has moved.
    """
    strength, movement = _without_history(len(close), period), _without_history(len(close), period)
    if len(close) > period:
        change = np.diff(close)
        moved, risen = movement[period:], strength[period:]
        moved[:] = _wilder_from_mean(np.abs(change), period)
        risen[:] = _wilder_from_mean(np.maximum(change, 0.0, out=change), period)
        with np.errstate(invalid="ignore"):
            risen /= moved
        risen *= 100.0
    return strength, movement


def macd(close: Floats, fast: int, slow: int, signal: int) -> tuple[Floats, Floats]:
    """Return the MACD line and its signal line (n,), both from the signal line's first bar."""
    first = slow + signal - 2
    line, smoothed = _without_history(len(close), first), _without_history(len(close), first)
    if len(close) > first:
        quick = _ema_from_mean(close[slow - fast :], fast)
        gap = quick - _ema_from_mean(close, slow)
        line[first:] = gap[signal - 1 :]
        smoothed[first:] = _ema_from_mean(gap, signal)
    return line, smoothed


def atr(high: Floats, low: Floats, close: Floats, period: int) -> Floats:
    """Return Wilder's average true range at each bar (n,), in the price's unit."""
    average = _without_history(len(close), period)
    if len(close) > period:
        before = close[:-1]
        reach = high[1:] - low[1:]
        np.maximum(reach, np.abs(high[1:] - before), out=reach)
        np.maximum(reach, np.abs(low[1:] - before), out=reach)
        average[period:] = _wilder_from_mean(reach, period)
    return average


def _without_history(bars: int, first: int) -> Floats:
    """Return an array (bars,) that is NaN before the bar `first` and to be filled from there on."""
    figures = np.empty(bars)
    figures[:first] = np.nan
    return figures


def _ema_from_mean(values: Floats, period: int) -> Floats:
    return ema(values[period:], _mean(values[:period]), period)


def _wilder_from_mean(values: Floats, period: int) -> Floats:
    return wilder(values[period:], _mean(values[:period]), period)


def _mean(values: Floats) -> float:
    """Return the mean, added up from the first to the last as TA-Lib's seeds are."""
    return float(np.cumsum(values)[-1]) / len(values)


def _chunks(values: Floats, period: int, out: Floats) -> Iterator[tuple[Floats, Floats]]:
    """Yield stretches of `values`, each with the part of `out` that its windows end in."""
    for start in range(0, len(values) - period + 1, CHUNK):
        stop = min(start + CHUNK + period - 1, len(values))
        yield values[start:stop], out[start + period - 1 : stop]


def _sums(values: Floats, period: int) -> Floats:
    """Return the sums of all windows of `period` values, (n - period + 1,)."""
    sums, covered = values, 0
    power, size = values, 1
    while True:
        if period & size:
            sums = sums[: len(power) - covered] + power[covered:] if covered else power
            covered += size
        if covered == period:
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
