"""The one catalogue of figures: what each is called, means, is measured in, and when it has no value.

A new figure goes here; pages, reports, command line, lists, exports and documents follow from it. Nothing
heavy is imported: whoever only names figures needs no numpy.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .figure_text import figure_text, number_text

_NO_TRADES = "Undefined: the run has no closed trade."
_NO_CHANGE = "Undefined: the equity never changed, so there is no variation to divide by."


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A figure's column in a list of runs: what `sort` calls it, its heading, and whether the short list
    has it too. The database keeps an index for each, so that a new one needs a migration."""

    sort: str
    heading: str
    brief: bool = True


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric of a finished backtest.

    `unit` is percent, money, days, count or ratio; `signed` means that a gain is above 0. `better` is
    "higher" or "lower", empty for what describes a run without judging it. `formula` is computed over the
    bars, returns, trades or closed trades that `over` names, with `ddof` taken from their number under a
    standard deviation; `same_in` names the libraries that print the same. `term` is what a line of plain
    text says where it is not the label in small letters; `held` means that holding the security has it.
    """

    name: str
    group: str
    label: str
    unit: str
    definition: str
    formula: str
    over: str
    ddof: int | None = None
    same_in: str = ""
    undefined: str = "Undefined."
    better: str = ""
    signed: bool = False
    held: bool = False
    term: str = ""
    column: ListColumn | None = None

    @property
    def words(self) -> str:
        """What a line of plain text calls it."""
        return self.term or self.label.lower()

    def text(self, value: float | int | None) -> str:
        """Return a value of it for reading, in English."""
        return figure_text(value, self.unit, signed=self.signed)

    def number(self, value: float | int | None) -> str:
        """Return it without unit and plus, as it stands in a table whose heading has the unit."""
        return number_text(value, self.unit)


FIGURES: tuple[Figure, ...] = (
    Figure(
        name="total_return_pct",
        group="Performance",
        label="Total return",
        unit="percent",
        definition="Final equity over initial capital, minus 1.",
        formula="(E_n / capital - 1) x 100",
        over="bars",
        same_in="all",
        better="higher",
        signed=True,
        held=True,
        column=ListColumn("total_return", "Return"),
    ),
    Figure(
        name="buy_hold_return_pct",
        group="Performance",
        label="Buy & hold return",
        term="buy and hold",
        unit="percent",
        definition=(
            "Last close over first close of the range, minus 1: what holding the security would have given."
        ),
        formula="(last close / first close - 1) x 100",
        over="bars",
        same_in="backtesting.py without a warm-up",
        signed=True,
    ),
    Figure(
        name="cagr",
        group="Performance",
        label="CAGR",
        term="CAGR",
        unit="percent",
        definition=(
            "Compound annual growth rate over the calendar days from the first to the last bar"
            " (365.25 a year)."
        ),
        formula="((E_n / capital)^(365.25 / days) - 1) x 100, days from the first to the last bar",
        over="bars",
        same_in='ffn, backtesting.py "CAGR"',
        undefined="Undefined: the final equity is not positive, or the range has one day only.",
        better="higher",
        signed=True,
        held=True,
        column=ListColumn("cagr", "CAGR", brief=False),
    ),
    Figure(
        name="final_value",
        group="Performance",
        label="Final value",
        unit="money",
        definition="Cash plus position at the last close.",
        formula="cash + position x close at the last bar",
        over="bars",
        held=True,
    ),
    Figure(
        name="fees_paid",
        group="Performance",
        label="Fees paid",
        unit="money",
        definition="All fees, those of an open trade included.",
        formula="sum of entry and exit fees, those of an open trade included",
        over="trades",
        better="lower",
    ),
    Figure(
        name="exposure_pct",
        group="Performance",
        label="Exposure",
        unit="percent",
        definition="Share of the bars that ended with a position.",
        formula="bars with a position at the close / bars x 100",
        over="bars",
        same_in="vectorbt coverage",
    ),
    Figure(
        name="sharpe_ratio",
        group="Risk",
        label="Sharpe ratio",
        term="Sharpe ratio",
        unit="ratio",
        definition=("Mean return per bar over its sample standard deviation, annualised; risk-free rate 0."),
        formula="mean(r) / std(r, ddof 1) x sqrt(P), risk-free rate 0",
        over="returns",
        ddof=1,
        same_in="QuantStats, ffn, vectorbt with a 252-day year",
        undefined=_NO_CHANGE,
        better="higher",
        signed=True,
        held=True,
        column=ListColumn("sharpe_ratio", "Sharpe"),
    ),
    Figure(
        name="sortino_ratio",
        group="Risk",
        label="Sortino ratio",
        term="Sortino ratio",
        unit="ratio",
        definition=(
            "Mean return per bar over the root mean square of the losses, annualised; risk-free rate 0."
        ),
        formula="mean(r) / sqrt(mean(min(r, 0)^2)) x sqrt(P), risk-free rate 0",
        over="returns",
        same_in="QuantStats, ffn, vectorbt with a 252-day year",
        undefined="Undefined: no bar lost money.",
        better="higher",
        signed=True,
        held=True,
    ),
    Figure(
        name="calmar_ratio",
        group="Risk",
        label="Calmar ratio",
        term="Calmar ratio",
        unit="ratio",
        definition="CAGR over the maximum drawdown.",
        formula="cagr / max_drawdown_pct",
        over="bars",
        same_in="ffn",
        undefined="Undefined: there was no drawdown, or there is no CAGR.",
        better="higher",
        signed=True,
        held=True,
    ),
    Figure(
        name="max_drawdown_pct",
        group="Risk",
        label="Max drawdown",
        unit="percent",
        definition="Largest fall from a peak of the equity, as a share of that peak.",
        formula="max over t of (peak - E_t) / peak x 100, peak = highest equity up to t",
        over="bars",
        same_in="all",
        better="lower",
        held=True,
        column=ListColumn("max_drawdown", "Max drawdown"),
    ),
    Figure(
        name="max_drawdown_days",
        group="Risk",
        label="Longest drawdown",
        unit="days",
        definition=(
            "Longest stretch in calendar days from a peak to the bar that regains it, or to the last bar."
        ),
        formula="longest stretch in calendar days from a peak to the bar that regains it, or to the last bar",
        over="bars",
        same_in="backtesting.py",
        better="lower",
        held=True,
    ),
    Figure(
        name="volatility",
        group="Risk",
        label="Volatility",
        unit="percent",
        definition="Sample standard deviation of the returns per bar, annualised.",
        formula="std(r, ddof 1) x sqrt(P) x 100, r_t = E_t / E_(t-1) - 1, P = bars a year",
        over="returns",
        ddof=1,
        same_in="QuantStats, ffn",
        undefined="Undefined: fewer than two returns.",
        better="lower",
        held=True,
    ),
    Figure(
        name="num_trades",
        group="Trades",
        label="Closed trades",
        unit="count",
        definition="Round trips that were closed.",
        formula="closed round trips",
        over="trades",
        same_in="all",
        column=ListColumn("trades", "Trades", brief=False),
    ),
    Figure(
        name="win_rate",
        group="Trades",
        label="Win rate",
        unit="percent",
        definition="Share of the closed trades with a profit after fees.",
        formula="closed trades with pnl > 0 / closed trades x 100",
        over="closed trades",
        same_in="vectorbt, backtesting.py",
        undefined=_NO_TRADES,
        better="higher",
    ),
    Figure(
        name="profit_factor",
        group="Trades",
        label="Profit factor",
        unit="ratio",
        definition="Money won by the winning trades over money lost by the losing ones.",
        formula="sum of winning pnl / sum of losing pnl, in money",
        over="closed trades",
        same_in="vectorbt",
        undefined="Undefined: no closed trade lost money.",
        better="higher",
    ),
    Figure(
        name="avg_trade_return",
        group="Trades",
        label="Average trade",
        unit="percent",
        definition="Mean return of the closed trades, each over the money it bound.",
        formula="mean of pnl_pct",
        over="closed trades",
        same_in='backtesting.py "Avg. Trade" arithmetic form',
        undefined=_NO_TRADES,
        better="higher",
        signed=True,
    ),
    Figure(
        name="expectancy",
        group="Trades",
        label="Expectancy",
        unit="money",
        definition="Mean profit or loss of a closed trade, after fees.",
        formula="mean of pnl, in money",
        over="closed trades",
        same_in="vectorbt",
        undefined=_NO_TRADES,
        better="higher",
        signed=True,
    ),
    Figure(
        name="sqn",
        group="Trades",
        label="SQN",
        term="SQN",
        unit="ratio",
        definition=(
            "System quality number: root of the number of trades, times mean P&L, over its standard"
            " deviation."
        ),
        formula="sqrt(n) x mean(pnl) / std(pnl, ddof 1)",
        over="closed trades",
        ddof=1,
        same_in="vectorbt, backtesting.py",
        undefined="Undefined: fewer than two closed trades, or all with the same result.",
        better="higher",
        signed=True,
    ),
)
"""Every figure of a finished backtest, in the order of pages and exports."""

BY_NAME: Mapping[str, Figure] = MappingProxyType({figure.name: figure for figure in FIGURES})

SUMMARY: tuple[Figure, ...] = tuple(
    BY_NAME[name]
    for name in (
        *("total_return_pct", "buy_hold_return_pct", "cagr", "volatility"),
        *("sharpe_ratio", "sortino_ratio", "calmar_ratio", "max_drawdown_pct", "max_drawdown_days"),
        *("exposure_pct", "num_trades", "win_rate", "profit_factor", "avg_trade_return"),
        *("expectancy", "sqn", "fees_paid", "final_value"),
    )
)
"""The same in the order of a table of one column: the account's end comes last."""

LISTED: Mapping[str, tuple[Figure, ListColumn]] = MappingProxyType(
    {figure.column.sort: (figure, figure.column) for figure in FIGURES if figure.column}
)
"""The figures that a list of runs shows and can be sorted by, under the names that `sort` has for them."""

SORTED_FIGURES: Mapping[str, str] = MappingProxyType(
    {sort: figure.name for sort, (figure, _) in LISTED.items()}
)
"""The metric behind each of these names."""
