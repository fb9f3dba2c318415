"""The rules that can be backtested, their parameters and limits: the engine's own, as data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

Params = Mapping[str, int | float]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a rule: `kind` is "integer" or "number", its limits are included."""

    name: str
    kind: str
    default: int | float
    minimum: int | float
    maximum: int | float
    description: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A trading rule as the catalogue lists it.

    `relations` are pairs (smaller, larger) of parameter names that must be strictly ordered.
    `bars_needed(params)` is the smallest number of bars on the last of which the rule can signal.
    """

    name: str
    description: str
    buy: str
    sell: str
    parameters: tuple[Parameter, ...]
    bars_needed: Callable[[Params], int]
    relations: tuple[tuple[str, str], ...] = ()
    aliases: tuple[str, ...] = ()
    by_name: Mapping[str, Parameter] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", MappingProxyType({p.name: p for p in self.parameters}))

    def complete(self, params: Params) -> dict[str, int | float]:
        """Return every parameter of the rule, the missing ones at their default, in canonical type."""
        return {
            p.name: int(params.get(p.name, p.default))
            if p.kind == "integer"
            else float(params.get(p.name, p.default))
            for p in self.parameters
        }


def _period(name: str, default: int, description: str, minimum: int = 2) -> Parameter:
    return Parameter(name, "integer", default, minimum, 5000, description)


def _level(name: str, default: int, description: str) -> Parameter:
    return Parameter(name, "number", default, 0, 100, description)


RULES: tuple[Rule, ...] = (
    Rule(
        "RSI",
        "Relative Strength Index (Wilder): buys what has fallen far, sells what has risen far.",
        "RSI < oversold",
        "RSI > overbought",
        (
            _period("period", 14, "Bars of Wilder's smoothing."),
            _level("oversold", 30, "Buy below this RSI."),
            _level("overbought", 70, "Sell above this RSI."),
        ),
        lambda p: int(p["period"]) + 1,
        (("oversold", "overbought"),),
    ),
    Rule(
        "MACD",
        "Moving Average Convergence Divergence: follows the MACD line across its signal line.",
        "MACD > signal",
        "MACD < signal",
        (
            _period("fast_period", 12, "Bars of the fast EMA."),
            _period("slow_period", 26, "Bars of the slow EMA."),
            _period("signal_period", 9, "Bars of the signal line's EMA."),
        ),
        lambda p: int(p["slow_period"] + p["signal_period"]) - 1,
        (("fast_period", "slow_period"),),
    ),
    Rule(
        "RSI_MACD",
        "RSI and MACD together: buys when both agree, sells when either says so.",
        "RSI < oversold and MACD > signal",
        "RSI > overbought or MACD < signal",
        (
            _period("rsi_period", 14, "Bars of Wilder's smoothing."),
            _level("rsi_oversold", 30, "Buy below this RSI."),
            _level("rsi_overbought", 70, "Sell above this RSI."),
            _period("macd_fast", 12, "Bars of the fast EMA."),
            _period("macd_slow", 26, "Bars of the slow EMA."),
            _period("macd_signal", 9, "Bars of the signal line's EMA."),
        ),
        lambda p: max(int(p["rsi_period"]) + 1, int(p["macd_slow"] + p["macd_signal"]) - 1),
        (("rsi_oversold", "rsi_overbought"), ("macd_fast", "macd_slow")),
        aliases=("RSI+MACD",),
    ),
    Rule(
        "MOVING_AVERAGE_CROSS",
        "Crossing of two simple moving averages of the close: holds while the fast one is above.",
        "fast SMA > slow SMA",
        "fast SMA < slow SMA",
        (
            _period("fast_period", 20, "Bars of the fast average.", minimum=1),
            _period("slow_period", 50, "Bars of the slow average."),
        ),
        lambda p: int(p["slow_period"]),
        (("fast_period", "slow_period"),),
        aliases=("MA_CROSS",),
    ),
    Rule(
        "BOLLINGER_BANDS",
        "Position of the close in its Bollinger band: buys near the lower edge, sells near the upper.",
        "position in band < edge",
        "position in band > 1 - edge",
        (
            _period("period", 20, "Bars of the average and its population standard deviation."),
            Parameter("std_dev", "number", 2, 0.1, 10, "Half width of the band in standard deviations."),
            Parameter("edge", "number", 0.1, 0, 0.5, "Share of the band's width that counts as its edge."),
        ),
        lambda p: int(p["period"]),
    ),
    Rule(
        "VOLUME_BREAKOUT",
        "Unusual volume: goes with the direction of a bar whose volume is a multiple of its mean.",
        "volume > multiplier x its mean, and close above the previous close",
        "volume > multiplier x its mean, and close below the previous close",
        (
            _period("volume_ma_period", 20, "Bars of the volume's mean, the present one included."),
            Parameter("breakout_multiplier", "number", 2, 0.1, 100, "Multiple of the mean that is unusual."),
        ),
        lambda p: int(p["volume_ma_period"]),
        (
            ("breakout_multiplier", "volume_ma_period"),
        ),  # n bars that include this one: at most n times its mean
    ),
    Rule(
        "TREND_FOLLOWING",
        "Close and three simple moving averages in order: holds a trend that all of them confirm.",
        "close > short > medium > long SMA",
        "close < short < medium < long SMA",
        (
            _period("short_period", 20, "Bars of the short average."),
            _period("medium_period", 50, "Bars of the medium average."),
            _period("long_period", 200, "Bars of the long average.", minimum=4),
        ),
        lambda p: int(p["long_period"]),
        (("short_period", "medium_period"), ("medium_period", "long_period")),
    ),
    Rule(
        "ATR_VOLATILITY",
        "Average True Range as a share of the close: holds while the market is calm.",
        "ATR / close < low",
        "ATR / close > high",
        (
            _period("period", 14, "Bars of Wilder's smoothing.", minimum=1),
            Parameter("low_threshold", "number", 0.02, 0, 1, "Buy below this share of the close."),
            Parameter("high_threshold", "number", 0.05, 0, 1, "Sell above this share of the close."),
        ),
        lambda p: int(p["period"]) + 1,
        (("low_threshold", "high_threshold"),),
    ),
)

RULES_BY_NAME: Mapping[str, Rule] = MappingProxyType(
    {name: rule for rule in RULES for name in (rule.name, *rule.aliases)}
)
"""Every rule by its name and by each alias."""
