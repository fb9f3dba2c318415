"""Provenance: the inputs give the figure, and what others are said to print is what they print."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from stockbt_domain.columns import NO_TIME
from stockbt_engine_legacy import LegacyEngine
from stockbt_reporting.metrics import cagr, measure
from stockbt_reporting.provenance import provenance

from ..engine_legacy.market import bars_of, terms_of
from ..engine_legacy.peers import by_backtesting, by_vectorbt, peer
from .test_metrics_peers import RULES, Case

FROM_INPUTS = {
    "total_return_pct": lambda i: (i["E_n"] / i["capital"] - 1) * 100,
    "cagr": lambda i: cagr(i["E_n"], i["capital"], round(i["days"] * 86_400_000_000)),
    "volatility": lambda i: i["std(r)"] * math.sqrt(i["P"]) * 100,
    "sharpe_ratio": lambda i: i["mean(r)"] / i["std(r)"] * math.sqrt(i["P"]),
    "sortino_ratio": lambda i: i["mean(r)"] / i["sqrt(mean(min(r, 0)^2))"] * math.sqrt(i["P"]),
    "max_drawdown_pct": lambda i: (i["peak"] - i["E_t"]) / i["peak"] * 100,
    "max_drawdown_days": lambda i: i["longest stretch"],
    "calmar_ratio": lambda i: i["cagr"] / i["max_drawdown_pct"],
    "exposure_pct": lambda i: i["bars with a position"] / i["bars"] * 100,
    "num_trades": lambda i: i["trades"] - i["open"],
    "win_rate": lambda i: i["won"] / i["closed trades"] * 100,
    "profit_factor": lambda i: i["sum of winning pnl"] / i["sum of losing pnl"],
    "avg_trade_return": lambda i: i["sum of pnl_pct"] / i["closed trades"],
    "expectancy": lambda i: i["sum of pnl"] / i["closed trades"],
    "sqn": lambda i: math.sqrt(i["n"]) * i["mean(pnl)"] / i["std(pnl)"],
    "buy_hold_return_pct": lambda i: (i["last close"] / i["first close"] - 1) * 100,
    "final_value": lambda i: i["E_n"],
    "fees_paid": lambda i: i["entry fees"] + i["exit fees"],
}


class Told(Case):
    """A run on real prices with the provenance of its figures."""

    def __init__(self, rule):
        super().__init__(rule)
        self.told = told_of(self.bars, self.terms, self.outcome, self.metrics)

    def said(self, library):
        """Return the values that `library` is said to print."""
        found = {
            name: p.value for name, told in self.told.items() for p in told.peers if p.library == library
        }
        return {name: value for name, value in found.items() if value is not None}


def told_of(bars, terms, outcome, metrics):
    """Return the provenance of a run's metrics."""
    return provenance(
        {"time": bars.time, "equity": outcome.equity},
        {"close": bars.close, "position": outcome.position, "cash": outcome.cash},
        outcome.trades,
        capital=terms.initial_capital,
        timeframe="1d",
        metrics=metrics,
    )


@pytest.fixture(scope="module", params=RULES)
def case(request):
    """The run of one rule."""
    return Told(request.param)


def test_every_metric_is_told(case):
    """None is left out, and each formula gives the figure from the inputs that are shown."""
    assert set(case.told) == set(case.metrics) == set(FROM_INPUTS)
    for name, told in case.told.items():
        figure = FROM_INPUTS[name]({**told.inputs, "n": told.n})
        assert figure == pytest.approx(case.metrics[name], rel=1e-9), name


def test_counts_are_those_of_the_run(case):
    """A deviation says what it is computed over and what is taken from it."""
    sharpe, sqn = case.told["sharpe_ratio"], case.told["sqn"]

    assert (sharpe.n, sharpe.n_of, sharpe.ddof) == (len(case.returns), "returns", 1)
    assert (sqn.n, sqn.n_of, sqn.ddof) == (case.metrics["num_trades"], "closed trades", 1)
    assert case.told["exposure_pct"].ddof is None


@pytest.mark.filterwarnings("ignore")
def test_quantstats_prints_what_is_said(case):
    """Given the equity curve."""
    stats = peer("quantstats.stats")
    details = stats.drawdown_details(stats.to_drawdown_series(case.equity))
    printed = {
        "total_return_pct": stats.comp(case.returns) * 100,
        "cagr": stats.cagr(case.returns) * 100,
        "max_drawdown_days": details["days"].max(),
        "calmar_ratio": stats.calmar(case.returns),
        "exposure_pct": stats.exposure(case.returns) * 100,
        "win_rate": stats.win_rate(case.returns) * 100,
        "profit_factor": stats.profit_factor(case.returns),
    }

    assert case.said("QuantStats") == pytest.approx(printed, rel=1e-9)


@pytest.mark.filterwarnings("ignore")
def test_backtesting_prints_what_is_said(case):
    """From its own run of the same signals, whose equity and trades are ours."""
    stats = by_backtesting(case.bars, case.signals, case.terms).stats
    printed = {
        "total_return_pct": stats["Return [%]"],
        "volatility": stats["Volatility (Ann.) [%]"],
        "sharpe_ratio": stats["Sharpe Ratio"],
        "sortino_ratio": stats["Sortino Ratio"],
        "calmar_ratio": stats["Calmar Ratio"],
        "exposure_pct": stats["Exposure Time [%]"],
        "profit_factor": stats["Profit Factor"],
        "avg_trade_return": stats["Avg. Trade [%]"],
        "expectancy": stats["Expectancy [%]"],
        "fees_paid": stats["Commissions [$]"],
    }

    assert case.said("backtesting.py") == pytest.approx(printed, rel=1e-9)


@pytest.mark.filterwarnings("ignore")
def test_vectorbt_prints_what_is_said(case):
    """From its own run of the same signals, with its year of 365 days."""
    vectorbt = peer("vectorbt")
    stats = by_vectorbt(case.bars, case.signals, case.terms, None).stats
    curve = np.concatenate(([case.terms.initial_capital], case.equity))
    returns = pd.Series(curve).pct_change().iloc[1:].set_axis(case.equity.index)
    ratios = returns.vbt.returns(freq="1D")
    assert vectorbt.settings.returns["year_freq"] == "365 days"
    printed = {
        "cagr": ratios.annualized() * 100,
        "volatility": ratios.annualized_volatility() * 100,
        "sharpe_ratio": stats["Sharpe Ratio"],
        "sortino_ratio": stats["Sortino Ratio"],
        "max_drawdown_days": stats["Max Drawdown Duration"] / pd.Timedelta(days=1),
        "calmar_ratio": stats["Calmar Ratio"],
        "num_trades": stats["Total Trades"],
    }

    assert case.said("vectorbt") == pytest.approx(printed, rel=1e-9)


def test_a_run_that_never_traded_has_undefined_inputs_and_no_warning():
    """None, never NaN: the figures of others too."""
    bars = bars_of(np.linspace(100.0, 101.0, 30))
    terms = terms_of("RSI")
    outcome = LegacyEngine().run(bars, terms)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        metrics = measure(bars, terms, outcome, timeframe="1d")
        told = told_of(bars, terms, outcome, metrics)

    numbers = [v for t in told.values() for v in (*t.inputs.values(), *(p.value for p in t.peers))]
    assert all(number is None or math.isfinite(number) for number in numbers)
    assert told["win_rate"].inputs == {"won": 0, "closed trades": 0}
    assert told["max_drawdown_pct"].inputs == {"peak": None, "E_t": None}
    assert NO_TIME not in numbers
