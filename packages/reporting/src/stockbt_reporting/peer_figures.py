"""What QuantStats, backtesting.py and vectorbt give for the same equity and trades, where they differ.

Their definitions as of QuantStats 0.0.86 (`quantstats.stats`), backtesting.py 0.6.6 (`compute_stats`) and
vectorbt 1.2.0 (`Portfolio.stats` with its year of 365 days), each with its defaults. Computed here, so
that nobody needs to install them; the tests compare with the libraries themselves.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from stockbt_domain.columns import NO_TIME

from .curves import drawdown

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MICROS_PER_DAY = 86_400_000_000
QUANTSTATS, BACKTESTING, VECTORBT = "QuantStats", "backtesting.py", "vectorbt"
BARS_PER_DAY = {"1d": 1, "1h": 24, "5m": 288}
"""Bars that fit into a day and night: vectorbt's year is 365 of these."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Another library's definition of a figure and its value for this run, in the figure's unit.

    None stands where it has no value here, or one that depends on more than equity and trades.
    """

    library: str
    formula: str
    value: float | None


class PeerFigures:
    """The figures of others for one run; its arrays are those of the result's tables."""

    def __init__(
        self,
        time: Ints,
        equity: Floats,
        trades: Mapping[str, npt.NDArray[np.generic]],
        capital: float,
        timeframe: str,
    ) -> None:
        self.time, self.equity, self.capital = time, equity, capital
        closed = np.asarray(trades["exit_timestamp"]) != NO_TIME
        self.trades = {name: np.asarray(column)[closed] for name, column in trades.items()}
        self.open_trades = int(np.count_nonzero(~closed))
        self.bars_a_year = 365.0 * BARS_PER_DAY[timeframe]

    def of(self, name: str) -> tuple[Peer, ...]:
        """Return the peers that define a metric in another way than we do."""
        return tuple(
            Peer(library, formula, self._defined(value)) for library, formula, value in OTHERS.get(name, ())
        )

    def _defined(self, value: "Callable[[PeerFigures], float] | None") -> float | None:
        """Return a value, None where equity has run out, or the library prints nan or infinity."""
        if value is None or not self.equity.min() > 0.0:
            return None
        try:
            found = float(value(self))
        except (ZeroDivisionError, OverflowError, ValueError):
            return None
        return found if math.isfinite(found) else None

    @cached_property
    def returns(self) -> Floats:
        """Returns from the first bar's equity on: what QuantStats is given."""
        returns: Floats = self.equity[1:] / self.equity[:-1] - 1.0
        return returns

    @cached_property
    def all_returns(self) -> Floats:
        """Returns from the initial capital on, one a bar: what vectorbt uses."""
        return np.concatenate(([self.equity[0] / self.capital - 1.0], self.returns))

    @cached_property
    def day_returns(self) -> Floats:
        """Returns from each day's last equity to the next one's: what backtesting.py uses."""
        days = self.time // MICROS_PER_DAY
        last = self.equity[np.append(np.flatnonzero(np.diff(days)), len(days) - 1)]
        returns: Floats = last[1:] / last[:-1] - 1.0
        return returns

    @cached_property
    def days_a_year(self) -> int:
        """backtesting.py's year: 365 days where weekends are traded, else 252."""
        weekday = (self.time // MICROS_PER_DAY + 3) % 7
        return 365 if (weekday >= 5).mean() > 2 / 7 * 0.6 else 252

    @cached_property
    def deepest(self) -> float:
        """The maximum drawdown as a share."""
        return float(-drawdown(self.equity).min()) / 100.0

    def quantstats_cagr(self) -> float:
        """`cagr`: compound growth, a year being 252 returns."""
        return float((self.equity[-1] / self.equity[0]) ** (252 / len(self.returns)) - 1.0)

    def annual_return(self) -> float:
        """`Return (Ann.) [%]` of backtesting.py as a share."""
        count = len(self.day_returns)
        growth = float(np.prod(self.day_returns + 1.0)) ** (1 / count)
        return float(growth**self.days_a_year - 1.0)

    def annual_volatility(self) -> float:
        """`Volatility (Ann.) [%]` of backtesting.py as a share."""
        count = len(self.day_returns)
        growth = float(np.prod(self.day_returns + 1.0)) ** (1 / count)
        spread = _deviation(self.day_returns) ** 2
        return math.sqrt((spread + growth**2) ** self.days_a_year - growth ** (2 * self.days_a_year))

    def annualized_return(self) -> float:
        """`annualized_return` of vectorbt as a share."""
        return float((self.equity[-1] / self.capital) ** (self.bars_a_year / len(self.equity)) - 1.0)


def _deviation(returns: Floats) -> float:
    return float(returns.std(ddof=1)) if len(returns) > 1 else math.nan


def _root_of_losses(returns: Floats) -> float:
    return math.sqrt(float((np.minimum(returns, 0.0) ** 2).mean()))


def _quantstats_days(run: PeerFigures) -> float:
    below = np.concatenate(([False], drawdown(run.equity) < 0.0, [False]))
    edges = np.flatnonzero(np.diff(below.astype(np.int8)))
    first, last = run.time[edges[::2]], run.time[edges[1::2] - 1]
    return float(((last - first) // MICROS_PER_DAY + 1).max()) if len(first) else math.nan


def _vectorbt_days(run: PeerFigures) -> float:
    below = np.concatenate(([False], drawdown(run.equity) < 0.0))
    starts = np.flatnonzero(np.diff(below.astype(np.int8)) == 1)
    ends = np.flatnonzero(np.diff(below.astype(np.int8)) == -1)
    if len(ends) < len(starts):
        ends = np.append(ends, len(run.equity))  # one that lasts counts its last bar too
    return float((ends - starts).max()) / (run.bars_a_year / 365.0) if len(starts) else math.nan


def _bars_in_trades(run: PeerFigures) -> float:
    held = np.zeros(len(run.time) + 1, dtype=np.int64)
    np.add.at(held, np.searchsorted(run.time, run.trades["entry_timestamp"]), 1)
    np.add.at(held, np.searchsorted(run.time, run.trades["exit_timestamp"]) + 1, -1)
    return float((held.cumsum()[:-1] > 0).mean()) * 100.0


def _won(values: Floats) -> float:
    return float(values[values > 0.0].sum())


def _lost(values: Floats) -> float:
    return -float(values[values < 0.0].sum())


def _geometric(values: Floats) -> float:
    if not len(values):
        return math.nan
    return 0.0 if (values <= -1.0).any() else float(np.expm1(np.log1p(values).mean()))


_FROM_FIRST_BAR = "(last equity / first bar's equity - 1) x 100: fills on the first bar are not in it"
OTHERS: Mapping[str, tuple[tuple[str, str, Callable[[PeerFigures], float] | None], ...]] = {
    "total_return_pct": (
        (QUANTSTATS, _FROM_FIRST_BAR, lambda r: (r.equity[-1] / r.equity[0] - 1.0) * 100.0),
        (BACKTESTING, _FROM_FIRST_BAR, lambda r: (r.equity[-1] / r.equity[0] - 1.0) * 100.0),
    ),
    "cagr": (
        (
            QUANTSTATS,
            "((last / first bar's equity)^(252 / number of returns) - 1) x 100: years are counted in bars",
            lambda r: r.quantstats_cagr() * 100.0,
        ),
        (
            VECTORBT,
            "((last equity / capital)^(365 days of bars / bars) - 1) x 100: weekends do not count",
            lambda r: r.annualized_return() * 100.0,
        ),
    ),
    "volatility": (
        (
            BACKTESTING,
            "sqrt((var(daily r, ddof 1) + g^2)^D - g^(2 D)) x 100, g: geometric mean of 1 + r, D: 252 or 365",
            lambda r: r.annual_volatility() * 100.0,
        ),
        (
            VECTORBT,
            "std(r, ddof 1) x sqrt(365 days of bars) x 100, the first bar's return from the capital included",
            lambda r: _deviation(r.all_returns) * math.sqrt(r.bars_a_year) * 100.0,
        ),
    ),
    "sharpe_ratio": (
        (
            BACKTESTING,
            "geometric annual return / its own annual volatility: Return (Ann.) / Volatility (Ann.)",
            lambda r: r.annual_return() / r.annual_volatility(),
        ),
        (
            VECTORBT,
            "mean(r) / std(r, ddof 1) x sqrt(365 days of bars), the first bar's return included",
            lambda r: r.all_returns.mean() / _deviation(r.all_returns) * math.sqrt(r.bars_a_year),
        ),
    ),
    "sortino_ratio": (
        (
            BACKTESTING,
            "geometric annual return / (sqrt(mean(min(daily r, 0)^2)) x sqrt(D)), D: 252 or 365",
            lambda r: r.annual_return() / (_root_of_losses(r.day_returns) * math.sqrt(r.days_a_year)),
        ),
        (
            VECTORBT,
            "mean(r) / sqrt(mean(min(r, 0)^2)) x sqrt(365 days of bars), the first bar's return included",
            lambda r: r.all_returns.mean() / _root_of_losses(r.all_returns) * math.sqrt(r.bars_a_year),
        ),
    ),
    "max_drawdown_days": (
        (
            QUANTSTATS,
            "longest stretch below a peak, from its first bar below to its last, in days, both included",
            _quantstats_days,
        ),
        (
            VECTORBT,
            "most bars from the first one below a peak to the one that regains it: weekends do not count",
            _vectorbt_days,
        ),
    ),
    "calmar_ratio": (
        (QUANTSTATS, "its own CAGR / maximum drawdown", lambda r: r.quantstats_cagr() / r.deepest),
        (BACKTESTING, "Return (Ann.) / maximum drawdown", lambda r: r.annual_return() / r.deepest),
        (
            VECTORBT,
            "its own annualized return / maximum drawdown",
            lambda r: r.annualized_return() / r.deepest,
        ),
    ),
    "exposure_pct": (
        (
            QUANTSTATS,
            "share of returns that are not 0, rounded up to a whole percent",
            lambda r: math.ceil(np.count_nonzero(r.returns) / len(r.returns) * 100.0),
        ),
        (
            BACKTESTING,
            "bars from entry to exit of closed trades, both included / bars x 100",
            _bars_in_trades,
        ),
    ),
    "num_trades": (
        (
            VECTORBT,
            "Total Trades: an open one counts",
            lambda r: len(r.trades["pnl_abs"]) + r.open_trades,
        ),
    ),
    "win_rate": (
        (
            QUANTSTATS,
            "bars with a positive return / bars with a return that is not 0 x 100: bars, not trades",
            lambda r: np.count_nonzero(r.returns > 0.0) / np.count_nonzero(r.returns) * 100.0,
        ),
    ),
    "profit_factor": (
        (
            QUANTSTATS,
            "sum of positive returns of bars / sum of negative ones: bars, not trades",
            lambda r: _won(r.returns) / _lost(r.returns),
        ),
        (
            BACKTESTING,
            "sum of winning trades' returns / sum of losing ones', in percent and not in money",
            lambda r: _won(r.trades["pnl_pct"]) / _lost(r.trades["pnl_pct"]),
        ),
    ),
    "avg_trade_return": (
        (
            BACKTESTING,
            "geometric mean of the trades' returns x 100",
            lambda r: _geometric(r.trades["pnl_pct"] / 100.0) * 100.0,
        ),
    ),
    "expectancy": (
        (
            BACKTESTING,
            "Expectancy [%]: mean of the trades' returns x 100, in percent and not in money",
            lambda r: float(r.trades["pnl_pct"].mean()) if len(r.trades["pnl_pct"]) else math.nan,
        ),
    ),
    "buy_hold_return_pct": (
        (
            BACKTESTING,
            "(last close / first close after the warm-up of the indicators that are declared - 1) x 100",
            None,
        ),
    ),
    "fees_paid": (
        (
            BACKTESTING,
            "Commissions [$]: those of closed trades only",
            lambda r: float(r.trades["entry_fees"].sum() + r.trades["exit_fees"].sum()),
        ),
    ),
}
