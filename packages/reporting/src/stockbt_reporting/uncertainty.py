"""How sure a result is: the stationary bootstrap of its returns.

D. N. Politis and J. P. Romano, "The Stationary Bootstrap", JASA 89 (1994) 1303-1313: a resample is made
of blocks of the run's own returns, each starting anywhere (the end is followed by the start) and of a
random length with a geometric distribution, so that returns that depend on their neighbours still do.
The mean length is chosen as D. N. Politis and H. White, Econometric Reviews 23 (2004) 53-70, propose,
with the correction of Patton, Politis and White, ibid. 28 (2009) 372-375.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.random import PCG64, Generator
from stockbt_domain.messages import Message

from .metrics import cagr

Floats = npt.NDArray[np.float64]

SEED = 19_940_301
RESAMPLES = 1000
LEVEL = 0.95
MOST_RETURNS = 10_000
"""A run with more returns is compounded into at most so many, or a page would wait for it."""
FEWEST_RETURNS, FEWEST_TRADES, ENOUGH_TRADES = 100, 10, 30


@dataclass(frozen=True, slots=True)
class Interval:
    """The middle 95 % of the resamples' figures; `value` is the run's own."""

    name: str
    value: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """Intervals by metric name (none where nothing can be said), and sentences to read with them.

    `block` is the mean length of a block in returns, `bars_each` the bars that one return spans.
    """

    intervals: tuple[Interval, ...]
    sentences: tuple[Message, ...]
    resamples: int = RESAMPLES
    level: float = LEVEL
    seed: int = SEED
    block: int | None = None
    bars_each: int = 1


@dataclass(frozen=True, slots=True)
class _Steps:
    """The run cut into steps of some bars: each one's growth, and its path within relative to its start."""

    growth: Floats
    highest: Floats
    lowest: Floats
    deepest: Floats


def uncertainty(
    time: npt.ArrayLike, equity: npt.ArrayLike, capital: float, *, trades: int, periods: float = 252.0
) -> Uncertainty:
    """Return 95 % intervals of total return, CAGR, Sharpe ratio and maximum drawdown.

    All but the ratio are in percent. `trades` counts the closed ones, a year is `periods` bars. The same
    run gives the same bits: one seed, and only sums, products, square roots and comparisons.
    """
    moments = np.asarray(time, dtype=np.int64)
    values = np.asarray(equity, dtype=np.float64)
    refusal = _refusal(values, trades)
    if refusal:
        return Uncertainty((), (refusal,))
    bars_each = -(-(len(values) - 1) // MOST_RETURNS)
    steps = _steps(values, bars_each)
    returns = steps.growth - 1.0
    block = block_length(returns)
    ratio = math.sqrt(periods / bars_each)
    start = float(values[0]) / capital
    micros = int(moments[-1] - moments[0])
    totals, sharpes, depths = _resampled(steps, block)
    sentences = [_method(block, bars_each)]
    if trades < ENOUGH_TRADES:
        sentences.append(Message("FEW_DECISIONS", trades=trades))
    low, high = _middle(totals * start)
    intervals = [
        Interval(
            "total_return_pct", (float(values[-1]) / capital - 1) * 100, (low - 1) * 100, (high - 1) * 100
        )
    ]
    years = tuple(cagr(factor, 1.0, micros) for factor in (low, high))
    if years[0] is not None and years[1] is not None:
        # CAGR grows with the total return, so that its interval is the total's, converted.
        intervals.append(Interval("cagr", cagr(float(values[-1]), capital, micros), years[0], years[1]))
    known = sharpes[np.isfinite(sharpes)]
    if len(known):
        low, high = _middle(known)
        intervals.append(Interval("sharpe_ratio", _sharpe(returns, ratio), low * ratio, high * ratio))
    low, high = _middle(depths)
    intervals.append(Interval("max_drawdown_pct", _depth(steps) * 100, low * 100, high * 100))
    return Uncertainty(tuple(intervals), tuple(sentences), block=block, bars_each=bars_each)


def block_length(returns: Floats) -> int:
    """Return the mean block length that Politis and White choose for these returns, at least 1."""
    count = len(returns)
    centred = returns - returns.mean()
    in_row = max(5, int(math.log10(count)))
    most = math.ceil(math.sqrt(count)) + in_row
    covariance = np.array([(centred[lag:] * centred[: count - lag]).sum() for lag in range(most + 1)]) / count
    if covariance[0] == 0.0:
        return 1
    small = np.abs(covariance) / covariance[0] < 2.0 * math.sqrt(math.log10(count) / count)
    # The last lag that matters is the one before the first `in_row` in a row that do not.
    quiet = np.flatnonzero(np.convolve(small[1:], np.ones(in_row, dtype=np.int64), "valid") == in_row)
    lags = min(2 * max(int(quiet[0]), 1), most) if len(quiet) else most
    lag = np.arange(1, lags + 1)
    weighted = np.minimum(1.0, 2.0 * (1.0 - lag / lags)) * covariance[1 : lags + 1]
    slope = 2.0 * float((weighted * lag).sum())
    variance = float(covariance[0]) + 2.0 * float(weighted.sum())
    if variance == 0.0:
        return 1
    best = math.cbrt(slope * slope / (variance * variance) * count)
    return max(1, round(min(best, math.ceil(min(3.0 * math.sqrt(count), count / 3.0)))))


def _refusal(values: Floats, trades: int) -> Message | None:
    if trades < FEWEST_TRADES:
        return Message("NO_INTERVALS.trades", trades=_number_of(trades), fewest=FEWEST_TRADES)
    if len(values) - 1 < FEWEST_RETURNS:
        return Message("NO_INTERVALS.bars", bars=f"{len(values):,}", fewest=FEWEST_RETURNS + 1)
    if not values.min() > 0.0:
        return Message("NO_INTERVALS.equity")
    return None


def _number_of(trades: int) -> Message:
    if trades == 0:
        return Message("NO_INTERVALS.no_trade")
    return (
        Message("NO_INTERVALS.few_trades", count=trades) if trades > 1 else Message("NO_INTERVALS.one_trade")
    )


def _method(block: int, bars_each: int) -> Message:
    method = {"resamples": f"{RESAMPLES:,}", "block": f"{block:,}", "level": f"{LEVEL:.0%}"}
    if bars_each == 1:
        return Message("BOOTSTRAP", **method)
    return Message("BOOTSTRAP.longer_returns", **method, most=f"{MOST_RETURNS:,}", each=f"{bars_each:,}")


def _steps(values: Floats, bars_each: int) -> _Steps:
    """Return the run in steps of `bars_each` bars; what is left at the end is a step of its own."""
    count = len(values) - 1
    starts = np.arange(0, count, bars_each)
    stops = np.append(starts[1:], count)
    before = values[starts]
    if bars_each == 1:
        growth = values[1:] / before
        return _Steps(growth, np.maximum(growth, 1.0), np.minimum(growth, 1.0), np.maximum(1.0 - growth, 0.0))
    peak = np.empty(count)
    for first, stop in zip(starts, stops, strict=True):
        peak[first:stop] = np.maximum.accumulate(values[first : stop + 1])[1:]
    return _Steps(
        values[stops] / before,
        np.maximum.reduceat(values[1:], starts) / before,
        np.minimum.reduceat(values[1:], starts) / before,
        np.maximum.reduceat(1.0 - values[1:] / peak, starts),
    )


def _resampled(steps: _Steps, block: int) -> tuple[Floats, Floats, Floats]:
    """Return final value over first value, Sharpe ratio per step, and deepest fall of each resample."""
    chance = Generator(PCG64(SEED))
    count = len(steps.growth)
    place = np.arange(count)
    totals, sharpes, depths = np.empty(RESAMPLES), np.empty(RESAMPLES), np.empty(RESAMPLES)
    for number in range(RESAMPLES):
        starts = chance.integers(0, count, size=count)
        begins = chance.random(count) < 1.0 / block
        begins[0] = True
        begin = np.maximum.accumulate(np.where(begins, place, 0))
        rows = (starts[begin] + place - begin) % count
        drawn = _Steps(steps.growth[rows], steps.highest[rows], steps.lowest[rows], steps.deepest[rows])
        path = drawn.growth.cumprod()
        totals[number] = path[-1]
        sharpes[number] = _sharpe(drawn.growth - 1.0, 1.0)
        depths[number] = _depth(drawn, path)
    return totals, sharpes, depths


def _sharpe(returns: Floats, year: float) -> float:
    mean = returns.mean()
    centred = returns - mean
    deviation = math.sqrt(float((centred * centred).sum()) / (len(returns) - 1))
    return float(mean) / deviation * year if deviation > 0.0 else math.nan


def _depth(steps: _Steps, path: Floats | None = None) -> float:
    """Return the deepest fall from a peak, as a share of it: within a step, or from a peak before it."""
    ends = steps.growth.cumprod() if path is None else path
    begins = np.concatenate(([1.0], ends[:-1]))
    peak = np.maximum.accumulate(np.concatenate(([1.0], (begins * steps.highest)[:-1])))
    from_before = 1.0 - begins * steps.lowest / np.maximum(peak, begins)
    return float(max(from_before.max(), steps.deepest.max()))


def _middle(values: Floats) -> tuple[float, float]:
    """Return the two order statistics between which the middle `LEVEL` of the values lie."""
    ordered = np.sort(values)
    outside = int(len(ordered) * (1.0 - LEVEL) / 2.0)
    return float(ordered[outside]), float(ordered[len(ordered) - 1 - outside])
