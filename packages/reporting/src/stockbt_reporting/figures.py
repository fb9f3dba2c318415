"""The one catalogue of figures: each metric's label, unit, definition, and when it has no value.

Nothing heavy is imported here: whoever only names figures needs no numpy.
"""

from dataclasses import dataclass

_NO_TRADES = "Undefined: the run has no closed trade."
_NO_CHANGE = "Undefined: the equity never changed, so there is no variation to divide by."


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric. `unit` is percent, money, days, count or ratio; `signed` means that a gain is above 0."""

    group: str
    name: str
    label: str
    unit: str
    definition: str
    undefined: str
    signed: bool = False


FIGURES: tuple[Figure, ...] = (
    Figure(
        "Performance",
        "total_return_pct",
        "Total return",
        "percent",
        "Final equity over initial capital, minus 1.",
        "Undefined.",
        True,
    ),
    Figure(
        "Performance",
        "buy_hold_return_pct",
        "Buy & hold return",
        "percent",
        "Last close over first close of the range, minus 1: what holding the security would have given.",
        "Undefined.",
        True,
    ),
    Figure(
        "Performance",
        "cagr",
        "CAGR",
        "percent",
        "Compound annual growth rate over the calendar days from the first to the last bar (365.25 a year).",
        "Undefined: the final equity is not positive, or the range has one day only.",
        True,
    ),
    Figure(
        "Performance",
        "final_value",
        "Final value",
        "money",
        "Cash plus position at the last close.",
        "Undefined.",
    ),
    Figure(
        "Performance",
        "fees_paid",
        "Fees paid",
        "money",
        "All fees, those of an open trade included.",
        "Undefined.",
    ),
    Figure(
        "Performance",
        "exposure_pct",
        "Exposure",
        "percent",
        "Share of the bars that ended with a position.",
        "Undefined.",
    ),
    Figure(
        "Risk",
        "sharpe_ratio",
        "Sharpe ratio",
        "ratio",
        "Mean return per bar over its sample standard deviation, annualised; risk-free rate 0.",
        _NO_CHANGE,
        True,
    ),
    Figure(
        "Risk",
        "sortino_ratio",
        "Sortino ratio",
        "ratio",
        "Mean return per bar over the root mean square of the losses, annualised; risk-free rate 0.",
        "Undefined: no bar lost money.",
        True,
    ),
    Figure(
        "Risk",
        "calmar_ratio",
        "Calmar ratio",
        "ratio",
        "CAGR over the maximum drawdown.",
        "Undefined: there was no drawdown, or there is no CAGR.",
        True,
    ),
    Figure(
        "Risk",
        "max_drawdown_pct",
        "Max drawdown",
        "percent",
        "Largest fall from a peak of the equity, as a share of that peak.",
        "Undefined.",
    ),
    Figure(
        "Risk",
        "max_drawdown_days",
        "Longest drawdown",
        "days",
        "Longest stretch in calendar days from a peak to the bar that regains it, or to the last bar.",
        "Undefined.",
    ),
    Figure(
        "Risk",
        "volatility",
        "Volatility",
        "percent",
        "Sample standard deviation of the returns per bar, annualised.",
        "Undefined: fewer than two returns.",
    ),
    Figure("Trades", "num_trades", "Closed trades", "count", "Round trips that were closed.", "Undefined."),
    Figure(
        "Trades",
        "win_rate",
        "Win rate",
        "percent",
        "Share of the closed trades with a profit after fees.",
        _NO_TRADES,
    ),
    Figure(
        "Trades",
        "profit_factor",
        "Profit factor",
        "ratio",
        "Money won by the winning trades over money lost by the losing ones.",
        "Undefined: no closed trade lost money.",
    ),
    Figure(
        "Trades",
        "avg_trade_return",
        "Average trade",
        "percent",
        "Mean return of the closed trades, each over the money it bound.",
        _NO_TRADES,
        True,
    ),
    Figure(
        "Trades",
        "expectancy",
        "Expectancy",
        "money",
        "Mean profit or loss of a closed trade, after fees.",
        _NO_TRADES,
        True,
    ),
    Figure(
        "Trades",
        "sqn",
        "SQN",
        "ratio",
        "System quality number: root of the number of trades, times mean P&L, over its standard deviation.",
        "Undefined: fewer than two closed trades, or all with the same result.",
        True,
    ),
)
