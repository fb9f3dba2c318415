"""The eight rules: from bars to buy and sell signals.

Every comparison of computed figures asks for a difference that rounding cannot make. Two averages
of the same prices are the same number on paper and differ in the last bit on a computer; that bit
is not a signal.
"""

from collections.abc import Callable, Mapping
from itertools import pairwise

import numpy as np

from .contract import Columns, Floats, Mask, Signs, UnsupportedTerms
from .indicators import CHUNK, atr, bollinger, macd, rsi, sma

NOISE = 1e-12
"""Differences up to this share of the compared figures' scale are rounding."""

NO_CHANGE = 1e-14
"""Movement up to this share of the price is none: a price's own last bit is 2e-16 of it."""

Params = Mapping[str, int | float]
Conditions = tuple[Mask, Mask]


def signals(bars: Columns, rule_type: str, params: Params) -> Signs:
    """Return +1 buy, -1 sell, 0 nothing at each bar (n,). Raises UnsupportedTerms."""
    try:
        rule = RULES[rule_type]
    except KeyError:
        raise UnsupportedTerms(f"no rule {rule_type!r}") from None
    try:
        with np.errstate(all="ignore"):
            buy, sell = rule(bars, params)
    except KeyError as missing:
        raise UnsupportedTerms(f"rule {rule_type} needs the parameter {missing}") from missing
    return buy.view(np.int8) - sell.view(np.int8)


def _below(smaller: Floats | float, larger: Floats | float, scale: Floats | float) -> Mask:
    return np.asarray(larger - smaller > NOISE * scale)


def _sides(line: Floats, other: Floats, scale: Floats) -> Conditions:
    """Return where `line` is above and where it is below the other."""
    above, below = np.empty((2, len(line)), dtype=np.bool_)
    for start in range(0, len(line), CHUNK):
        part = slice(start, start + CHUNK)
        apart = line[part] - other[part]
        apart /= scale[part]
        np.greater(apart, NOISE, out=above[part])
        np.less(apart, -NOISE, out=below[part])
    return above, below


def _rsi(bars: Columns, params: Params) -> Conditions:
    return _rsi_levels(bars, int(params["period"]), params["oversold"], params["overbought"])


def _rsi_levels(bars: Columns, period: int, oversold: float, overbought: float) -> Conditions:
    strength, movement = rsi(bars.close, period)
    moving = movement > NO_CHANGE * bars.close
    low, high = strength < oversold - NOISE * 100.0, strength > overbought + NOISE * 100.0
    return low & moving, high & moving


def _macd(bars: Columns, params: Params) -> Conditions:
    return _macd_sides(
        bars, int(params["fast_period"]), int(params["slow_period"]), int(params["signal_period"])
    )


def _macd_sides(bars: Columns, fast: int, slow: int, signal: int) -> Conditions:
    line, smoothed = macd(bars.close, fast, slow, signal)
    return _sides(line, smoothed, bars.close)


def _rsi_macd(bars: Columns, params: Params) -> Conditions:
    fast, slow, signal = (int(params[name]) for name in ("macd_fast", "macd_slow", "macd_signal"))
    period = int(params["rsi_period"])
    oversold, overbought = _rsi_levels(bars, period, params["rsi_oversold"], params["rsi_overbought"])
    above, below = _macd_sides(bars, fast, slow, signal)
    buy, sell = oversold & above, overbought | below
    sell[: max(period, slow + signal - 2)] = False
    return buy, sell


def _moving_average_cross(bars: Columns, params: Params) -> Conditions:
    fast = sma(bars.close, int(params["fast_period"]))
    slow = sma(bars.close, int(params["slow_period"]))
    return _sides(fast, slow, slow)


def _bollinger_bands(bars: Columns, params: Params) -> Conditions:
    band = bollinger(bars.close, int(params["period"]))
    edge = float(params["edge"])
    width = 2.0 * params["std_dev"] * band.deviation
    place = 0.5 + (bars.close - band.middle) / width
    # A narrow band enlarges the rounding of the price; one of no width puts it beyond all.
    scale = 1.0 + bars.close / width
    return _below(place, edge, scale), _below(1.0 - edge, place, scale)


def _volume_breakout(bars: Columns, params: Params) -> Conditions:
    usual = sma(bars.volume, int(params["volume_ma_period"])) * params["breakout_multiplier"]
    buy = _below(usual, bars.volume, usual)
    sell = buy.copy()  # the first bar, which has no close before it, asks for both sides: for nothing
    buy[1:] &= bars.close[1:] > bars.close[:-1]
    sell[1:] &= bars.close[1:] < bars.close[:-1]
    return buy, sell


def _trend_following(bars: Columns, params: Params) -> Conditions:
    lines = [bars.close]
    lines += (sma(bars.close, int(params[f"{name}_period"])) for name in ("short", "medium", "long"))
    rising, falling = np.ones((2, len(bars.close)), dtype=np.bool_)
    for upper, lower in pairwise(lines):
        above, below = _sides(upper, lower, lower)
        rising &= above
        falling &= below
    return rising, falling


def _atr_volatility(bars: Columns, params: Params) -> Conditions:
    low, high = params["low_threshold"], params["high_threshold"]
    share = atr(bars.high, bars.low, bars.close, int(params["period"])) / bars.close
    return _below(share, low, low), _below(high, share, high)


RULES: Mapping[str, Callable[[Columns, Params], Conditions]] = {
    "RSI": _rsi,
    "MACD": _macd,
    "RSI_MACD": _rsi_macd,
    "MOVING_AVERAGE_CROSS": _moving_average_cross,
    "BOLLINGER_BANDS": _bollinger_bands,
    "VOLUME_BREAKOUT": _volume_breakout,
    "TREND_FOLLOWING": _trend_following,
    "ATR_VOLATILITY": _atr_volatility,
}
