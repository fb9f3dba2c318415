"""The eight rules: from bars to buy and sell signals.

Every comparison of computed figures asks for a difference that rounding cannot make. Two averages
of the same prices are the same number on paper and differ in the last bit on a computer; that bit
is not a signal.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

import numpy as np

from .contract import Columns, Floats, Mask, Signs, UnsupportedTerms
from .indicators import atr, bollinger, macd, rsi, sma

NOISE = 1e-12
"""Differences up to this share of the compared figures' scale are rounding."""

NO_CHANGE = 1e-14
"""Movement up to this share of the price is none: a price's own last bit is 2e-16 of it."""

Params = Mapping[str, int | float]
Sides = tuple[Mask, Mask]
Conditions = Iterator[tuple[slice, Mask, Mask]]
"""Bars, piece by piece, with whether to buy and whether to sell on each; both together are neither."""


def signals(bars: Columns, rule_type: str, params: Params) -> Signs:
    """Return +1 buy, -1 sell, 0 nothing at each bar (n,). Raises UnsupportedTerms."""
    try:
        rule = RULES[rule_type]
    except KeyError:
        raise UnsupportedTerms(f"no rule {rule_type!r}") from None
    signal = np.zeros(len(bars.close), dtype=np.int8)
    try:
        with np.errstate(all="ignore"):
            for part, buy, sell in rule(bars, params):
                np.subtract(buy.view(np.int8), sell.view(np.int8), out=signal[part])
    except KeyError as missing:
        raise UnsupportedTerms(f"rule {rule_type} needs the parameter {missing}") from missing
    return signal


def _below(smaller: Floats | float, larger: Floats | float, scale: Floats | float) -> Mask:
    return np.asarray(larger - smaller > NOISE * scale)


def _sides(line: Floats, other: Floats, scale: Floats) -> Sides:
    """Return where `line` is above and where it is below the other."""
    apart = line - other
    apart /= scale
    return apart > NOISE, apart < -NOISE


def _extremes(strength: Floats, movement: Floats, close: Floats, low: float, high: float) -> Sides:
    """Return where an RSI is oversold and where it is overbought."""
    moving = movement > NO_CHANGE * close
    return (strength < low - NOISE * 100.0) & moving, (strength > high + NOISE * 100.0) & moving


def _rsi(bars: Columns, params: Params) -> Conditions:
    oversold, overbought = params["oversold"], params["overbought"]
    for part, strength, movement in rsi(bars.close, int(params["period"])):
        yield part, *_extremes(strength, movement, bars.close[part], oversold, overbought)


def _macd(bars: Columns, params: Params) -> Conditions:
    periods = (int(params[f"{name}_period"]) for name in ("fast", "slow", "signal"))
    for part, line, smoothed in macd(bars.close, *periods):
        yield part, *_sides(line, smoothed, bars.close[part])


def _rsi_macd(bars: Columns, params: Params) -> Conditions:
    period, oversold, overbought = int(params["rsi_period"]), params["rsi_oversold"], params["rsi_overbought"]
    fast, slow, signal = (int(params[f"macd_{name}"]) for name in ("fast", "slow", "signal"))
    first = max(period, slow + signal - 2)
    both = zip(rsi(bars.close, period, first), macd(bars.close, fast, slow, signal, first), strict=True)
    for (part, strength, movement), (_, line, smoothed) in both:
        close = bars.close[part]
        low, high = _extremes(strength, movement, close, oversold, overbought)
        above, below = _sides(line, smoothed, close)
        yield part, low & above, high | below


def _moving_average_cross(bars: Columns, params: Params) -> Conditions:
    for part, (fast, slow) in sma(bars.close, int(params["fast_period"]), int(params["slow_period"])):
        yield part, *_sides(fast, slow, slow)


def _bollinger_bands(bars: Columns, params: Params) -> Conditions:
    std_dev, edge = params["std_dev"], float(params["edge"])
    for part, middle, deviation in bollinger(bars.close, int(params["period"])):
        close = bars.close[part]
        width = 2.0 * std_dev * deviation
        place = 0.5 + (close - middle) / width
        # A narrow band enlarges the rounding of the price; one of no width puts it beyond all.
        scale = 1.0 + close / width
        yield part, _below(place, edge, scale), _below(1.0 - edge, place, scale)


def _volume_breakout(bars: Columns, params: Params) -> Conditions:
    period, multiplier = int(params["volume_ma_period"]), params["breakout_multiplier"]
    for part, (mean,) in sma(bars.volume, period, first=1):  # the first bar has no close before it
        usual = mean * multiplier
        unusual = _below(usual, bars.volume[part], usual)
        close, before = bars.close[part], bars.close[part.start - 1 : part.stop - 1]
        yield part, unusual & (close > before), unusual & (close < before)


def _trend_following(bars: Columns, params: Params) -> Conditions:
    periods = (int(params[f"{name}_period"]) for name in ("short", "medium", "long"))
    for part, means in sma(bars.close, *periods):
        sides = [_sides(upper, lower, lower) for upper, lower in pairwise((bars.close[part], *means))]
        rising, falling = (np.logical_and.reduce(masks) for masks in zip(*sides, strict=True))
        yield part, rising, falling


def _atr_volatility(bars: Columns, params: Params) -> Conditions:
    low, high = params["low_threshold"], params["high_threshold"]
    for part, average in atr(bars.high, bars.low, bars.close, int(params["period"])):
        share = average / bars.close[part]
        yield part, _below(share, low, low), _below(high, share, high)


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
