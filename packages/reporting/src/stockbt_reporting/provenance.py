"""Where each figure of a run comes from: its formula, what went into it, and what others would say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from stockbt_domain.columns import NO_TIME
from stockbt_domain.figures import BY_NAME

from .drawdowns import worst_drawdowns
from .metrics import PERIODS_PER_YEAR
from .peer_figures import Peer, PeerFigures

Floats = npt.NDArray[np.float64]
Input = float | int | None

MICROS_PER_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Provenance:
    """How one metric came about.

    `n` counts what it is computed over, which `n_of` names: bars, returns, closed trades or trades.
    `ddof` is taken from n under a standard deviation, None where there is none. `inputs` are the
    formula's quantities with their values in this run; `peers` define the figure in another way.
    """

    name: str
    formula: str
    n: int
    n_of: str
    ddof: int | None
    inputs: Mapping[str, Input]
    peers: tuple[Peer, ...]


class _Run:
    """The quantities that the formulas name."""

    def __init__(
        self,
        equity_curve: Mapping[str, memoryview],
        series: Mapping[str, memoryview],
        trades: Mapping[str, memoryview],
        capital: float,
        timeframe: str,
    ) -> None:
        self.time = np.asarray(equity_curve["time"], dtype=np.int64)
        self.equity = np.asarray(equity_curve["equity"], dtype=np.float64)
        self.close = np.asarray(series["close"], dtype=np.float64)
        self.held = int(np.count_nonzero(np.asarray(series["position"]) != 0.0))
        self.capital, self.periods = capital, PERIODS_PER_YEAR[timeframe]
        with np.errstate(all="ignore"):
            self.returns: Floats = self.equity[1:] / self.equity[:-1] - 1.0
        self.trades = {name: np.asarray(column) for name, column in trades.items()}
        closed = self.trades["exit_timestamp"] != NO_TIME
        self.pnl: Floats = self.trades["pnl_abs"][closed]
        self.pnl_pct: Floats = self.trades["pnl_pct"][closed]
        self.days = float(self.time[-1] - self.time[0]) / MICROS_PER_DAY
        worst = worst_drawdowns(self.time, self.equity, count=1)
        self.peak = self.valley = None
        if worst:
            self.peak, self.valley = (
                float(self.equity[np.searchsorted(self.time, at)]) for at in (worst[0].start, worst[0].valley)
            )

    def mean(self) -> Input:
        return _finite(self.returns.mean()) if len(self.returns) else None

    def deviation(self) -> Input:
        return _finite(self.returns.std(ddof=1)) if len(self.returns) > 1 else None

    def downside(self) -> Input:
        return _finite(np.sqrt((np.minimum(self.returns, 0.0) ** 2).mean())) if len(self.returns) else None


def provenance(
    equity_curve: Mapping[str, memoryview],
    series: Mapping[str, memoryview],
    trades: Mapping[str, memoryview],
    *,
    capital: float,
    timeframe: str,
    metrics: Mapping[str, Input],
) -> dict[str, Provenance]:
    """Return the provenance of every metric by name, from a result's tables and its `metrics`.

    `timeframe` is a key of PERIODS_PER_YEAR; the tables have at least one bar.
    """
    run = _Run(equity_curve, series, trades, capital, timeframe)
    peers = PeerFigures(run.time, run.equity, run.trades, capital, timeframe)
    counts = {
        "bars": len(run.time),
        "returns": len(run.returns),
        "closed trades": len(run.pnl),
        "trades": len(run.trades["pnl_abs"]),
    }
    found = {}
    with np.errstate(all="ignore"):
        for name, inputs in INPUTS.items():
            figure, given = BY_NAME[name], {n: _defined(v) for n, v in inputs(run, metrics).items()}
            found[name] = Provenance(
                name, figure.formula, counts[figure.over], figure.over, figure.ddof, given, peers.of(name)
            )
    return found


def _finite(value: float | np.floating) -> Input:
    return float(value) if np.isfinite(value) else None


def _defined(value: Input) -> Input:
    return value if value is None or isinstance(value, int) else _finite(value)


_Inputs = Callable[[_Run, Mapping[str, Input]], dict[str, Input]]
INPUTS: Mapping[str, _Inputs] = {
    "total_return_pct": lambda r, m: {"E_n": float(r.equity[-1]), "capital": r.capital},
    "cagr": lambda r, m: {"E_n": float(r.equity[-1]), "capital": r.capital, "days": r.days},
    "volatility": lambda r, m: {"std(r)": r.deviation(), "P": r.periods},
    "sharpe_ratio": lambda r, m: {"mean(r)": r.mean(), "std(r)": r.deviation(), "P": r.periods},
    "sortino_ratio": lambda r, m: {
        "mean(r)": r.mean(),
        "sqrt(mean(min(r, 0)^2))": r.downside(),
        "P": r.periods,
    },
    "max_drawdown_pct": lambda r, m: {"peak": r.peak, "E_t": r.valley},
    "max_drawdown_days": lambda r, m: {"longest stretch": m.get("max_drawdown_days")},
    "calmar_ratio": lambda r, m: {"cagr": m.get("cagr"), "max_drawdown_pct": m.get("max_drawdown_pct")},
    "exposure_pct": lambda r, m: {"bars with a position": r.held, "bars": len(r.time)},
    "num_trades": lambda r, m: {
        "trades": len(r.trades["pnl_abs"]),
        "open": len(r.trades["pnl_abs"]) - len(r.pnl),
    },
    "win_rate": lambda r, m: {"won": int((r.pnl > 0.0).sum()), "closed trades": len(r.pnl)},
    "profit_factor": lambda r, m: {
        "sum of winning pnl": float(r.pnl[r.pnl > 0.0].sum()),
        "sum of losing pnl": -float(r.pnl[r.pnl < 0.0].sum()),
    },
    "avg_trade_return": lambda r, m: {"sum of pnl_pct": float(r.pnl_pct.sum()), "closed trades": len(r.pnl)},
    "expectancy": lambda r, m: {"sum of pnl": float(r.pnl.sum()), "closed trades": len(r.pnl)},
    "sqn": lambda r, m: {
        "mean(pnl)": float(r.pnl.mean()) if len(r.pnl) else None,
        "std(pnl)": float(r.pnl.std(ddof=1)) if len(r.pnl) > 1 else None,
    },
    "buy_hold_return_pct": lambda r, m: {"last close": float(r.close[-1]), "first close": float(r.close[0])},
    "final_value": lambda r, m: {"E_n": float(r.equity[-1])},
    "fees_paid": lambda r, m: {
        "entry fees": float(r.trades["entry_fees"].sum()),
        "exit fees": float(r.trades["exit_fees"].sum()),
    },
}
"""The quantities of each figure's formula; the formulas themselves are the catalogue's."""
