"""Metrics: QuantStats, ffn, vectorbt and backtesting.py print the same figures."""

import warnings

import numpy as np
import pandas as pd
import pytest
from stockbt_engine_legacy import LegacyEngine
from stockbt_reporting.metrics import measure

from ..engine_legacy.market import terms_of
from ..engine_legacy.peers import PARAMS, by_backtesting, by_vectorbt, frame_of, peer, real_bars
from ..engine_legacy.reference import signals as reference_signals

RULES = ["RSI", "MACD", "MOVING_AVERAGE_CROSS", "BOLLINGER_BANDS", "VOLUME_BREAKOUT"]


class Case:
    """One run on real prices, its metrics, and its equity as the peers want it."""

    def __init__(self, rule):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.bars = real_bars("sp500")
        self.terms = terms_of(
            rule, PARAMS.get(rule), initial_capital=1e6, fee_rate=0.001, execution="next_open"
        )
        self.outcome = LegacyEngine().run(self.bars, self.terms)
        self.metrics = measure(self.bars, self.terms, self.outcome, timeframe="1d")
        self.signals = reference_signals(self.bars, self.terms.rule_type, self.terms.params)
        self.equity = pd.Series(np.asarray(self.outcome.equity), index=frame_of(self.bars).index)
        self.returns = self.equity.pct_change().dropna()


@pytest.fixture(scope="module", params=RULES)
def case(request):
    """The run of one rule."""
    return Case(request.param)


def assert_agree(expected, metrics):
    """Compare by name to nine digits."""
    assert {name: metrics[name] for name in expected} == pytest.approx(expected, rel=1e-9)


@pytest.mark.filterwarnings("ignore")
def test_quantstats_agrees(case):
    """Volatility, Sharpe, Sortino and drawdown of the daily returns."""
    stats = peer("quantstats.stats")

    assert_agree(
        {
            "volatility": stats.volatility(case.returns) * 100,
            "sharpe_ratio": stats.sharpe(case.returns),
            "sortino_ratio": stats.sortino(case.returns),
            "max_drawdown_pct": -stats.max_drawdown(case.equity) * 100,
        },
        case.metrics,
    )


@pytest.mark.filterwarnings("ignore")
def test_ffn_agrees(case):
    """The same, and growth and Calmar with its year of 365.25 days."""
    ffn = peer("ffn")
    growth = ffn.calc_cagr(case.equity)

    assert_agree(
        {
            "volatility": case.returns.std() * np.sqrt(252) * 100,
            "sharpe_ratio": ffn.calc_sharpe(case.returns, nperiods=252),
            "sortino_ratio": ffn.calc_sortino_ratio(case.returns, nperiods=252),
            "max_drawdown_pct": -ffn.calc_max_drawdown(case.equity) * 100,
            "cagr": growth * 100,
            "calmar_ratio": growth / -ffn.calc_max_drawdown(case.equity),
        },
        case.metrics,
    )


def test_vectorbt_agrees(case):
    """Trade statistics in money, exposure, and the ratios of its own equity curve."""
    stats = by_vectorbt(case.bars, case.signals, case.terms, None).stats

    assert_agree(
        {
            "total_return_pct": stats["Total Return [%]"],
            "final_value": stats["End Value"],
            "fees_paid": stats["Total Fees Paid"],
            "max_drawdown_pct": stats["Max Drawdown [%]"],
            "num_trades": stats["Total Closed Trades"],
            "win_rate": stats["Win Rate [%]"],
            "profit_factor": stats["Profit Factor"],
            "expectancy": stats["Expectancy"],
            "sqn": stats["SQN"],
            "exposure_pct": stats["Position Coverage [%]"],
        },
        case.metrics,
    )


def test_backtesting_agrees(case):
    """Growth, drawdown's depth and length, trade statistics and the price's own return."""
    stats = by_backtesting(case.bars, case.signals, case.terms).stats

    assert_agree(
        {
            "total_return_pct": stats["Return [%]"],
            "max_drawdown_pct": -stats["Max. Drawdown [%]"],
            "max_drawdown_days": stats["Max. Drawdown Duration"] / pd.Timedelta(days=1),
            "num_trades": stats["# Trades"],
            "win_rate": stats["Win Rate [%]"],
            "sqn": stats["SQN"],
        },
        case.metrics,
    )
