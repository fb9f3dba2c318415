"""Metrics: each figure by its definition, and None where it has none."""

import math
from array import array
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stockbt_domain.bars import Bars, day_start, to_micros
from stockbt_domain.columns import NO_TIME, TRADE_COLUMNS
from stockbt_domain.terms import Terms
from stockbt_reporting import metrics
from stockbt_reporting.metrics import PERIODS_PER_YEAR, cagr, measure

KEYS = (
    "total_return_pct cagr volatility sharpe_ratio sortino_ratio max_drawdown_pct max_drawdown_days"
    " calmar_ratio exposure_pct num_trades win_rate profit_factor avg_trade_return expectancy sqn"
    " buy_hold_return_pct final_value fees_paid"
).split()
DAY = 86_400_000_000
START = day_start(date(2020, 1, 1))


@dataclass
class Outcome:
    """An outcome made by hand."""

    equity: memoryview
    position: memoryview
    cash: memoryview
    trades: dict
    orders: dict = field(default_factory=dict)
    unfilled: dict = field(default_factory=dict)
    ended_at: int | None = None


def floats(values):
    """Return a float64 memoryview."""
    return memoryview(array("d", values))


def metrics_of(
    equity, *, pnl=(), pnl_pct=None, fees=(), open_last=False, position=None, days=None, timeframe="1d"
):
    """Return the metrics of an equity curve from a capital of 100 and of trades with these results."""
    count = len(equity)
    time = [START + DAY * day for day in (days or range(count))]
    close = [10.0 + 0.5 * bar for bar in range(count)]
    bars = Bars(memoryview(array("q", time)), *(floats(close) for _ in range(5)))
    trades = {name: array(code, [0] * len(pnl)) for name, code in TRADE_COLUMNS.items()}
    trades["pnl_abs"] = array("d", pnl)
    trades["pnl_pct"] = array("d", pnl if pnl_pct is None else pnl_pct)
    trades["entry_fees"] = array("d", fees or [0.0] * len(pnl))
    if open_last:
        trades["exit_timestamp"][-1] = NO_TIME
    terms = Terms("RSI", {}, 100.0, 0.0, 0.0, "percent", 100.0, "longonly", "close")
    outcome = Outcome(
        floats(equity),
        floats(position or [0.0] * count),
        floats(equity),
        {name: memoryview(column) for name, column in trades.items()},
    )
    return measure(bars, terms, outcome, timeframe=timeframe)


def test_metrics_have_these_names_and_types():
    """Every run has every metric: a count, and floats or None."""
    metrics = metrics_of([100.0, 110.0, 99.0, 120.0], pnl=[5.0, -2.0])

    assert list(metrics) == KEYS
    assert type(metrics.pop("num_trades")) is int
    assert all(type(value) is float for value in metrics.values())


def test_figures_of_the_curve():
    """Returns, deviation, ratios and drawdown of four bars, by hand."""
    metrics = metrics_of([100.0, 110.0, 99.0, 120.0], position=[0.0, 1.0, -2.0, 0.0])
    returns = [0.1, -0.1, 120 / 99 - 1]
    mean = sum(returns) / 3
    deviation = math.sqrt(sum((r - mean) ** 2 for r in returns) / 2)

    assert metrics["total_return_pct"] == pytest.approx(20.0)
    assert metrics["final_value"] == 120.0
    assert metrics["buy_hold_return_pct"] == pytest.approx(15.0)
    assert metrics["exposure_pct"] == 50.0
    assert metrics["volatility"] == pytest.approx(deviation * math.sqrt(252) * 100)
    assert metrics["sharpe_ratio"] == pytest.approx(mean / deviation * math.sqrt(252))
    assert metrics["sortino_ratio"] == pytest.approx(mean / math.sqrt(0.1**2 / 3) * math.sqrt(252))
    assert metrics["max_drawdown_pct"] == pytest.approx(10.0)
    assert metrics["max_drawdown_days"] == 2.0
    assert metrics["cagr"] == pytest.approx((1.2 ** (365.25 / 3) - 1) * 100)
    assert metrics["calmar_ratio"] == pytest.approx(metrics["cagr"] / 10.0)


def test_figures_of_the_trades():
    """Closed trades alone count; an open one has only its fees counted."""
    metrics = metrics_of(
        [100.0] * 4,
        pnl=[6.0, -2.0, 4.0, 0.0, 50.0],
        pnl_pct=[3.0, -1.0, 2.0, 0.0, 25.0],
        fees=[1.0, 2.0, 3.0, 4.0, 5.0],
        open_last=True,
    )
    deviation = math.sqrt(sum((pnl - 2.0) ** 2 for pnl in (6.0, -2.0, 4.0, 0.0)) / 3)

    assert metrics["num_trades"] == 4
    assert metrics["win_rate"] == 50.0
    assert metrics["profit_factor"] == 5.0
    assert metrics["avg_trade_return"] == 1.0
    assert metrics["expectancy"] == 2.0
    assert metrics["sqn"] == pytest.approx(2 * 2.0 / deviation)
    assert metrics["fees_paid"] == 15.0


def test_a_run_without_trades_has_no_trade_figures():
    """Nothing happened: no rate, no ratio, and no zero that could be taken for one."""
    metrics = metrics_of([100.0] * 5)

    undefined = {name for name, value in metrics.items() if value is None}
    assert undefined == {
        "sharpe_ratio",
        "sortino_ratio",
        "calmar_ratio",
        "win_rate",
        "profit_factor",
        "avg_trade_return",
        "expectancy",
        "sqn",
    }
    assert (metrics["num_trades"], metrics["cagr"], metrics["volatility"]) == (0, 0.0, 0.0)
    assert (metrics["max_drawdown_pct"], metrics["max_drawdown_days"]) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("pnl", "undefined"),
    [
        ([5.0], {"profit_factor", "sqn"}),
        ([-5.0], {"sqn"}),
        ([0.0, 0.0], {"profit_factor", "sqn"}),
        ([2.0, 2.0], {"profit_factor", "sqn"}),
    ],
)
def test_ratios_without_a_divisor_are_none(pnl, undefined):
    """No losses, no second trade, no variance."""
    metrics = metrics_of([100.0, 101.0, 99.0], pnl=pnl)

    assert undefined == {name for name, value in metrics.items() if value is None}


def test_growth_beyond_every_decimal_is_none_too():
    """A microsecond is no time to grow by 600 digits."""
    assert cagr(1e308, 1e-300, 1) is None


def test_small_divisors_are_divisors():
    """Half a percent of drawdown, half a unit of losses and of deviation give ratios like larger ones."""
    found = metrics_of([100.0, 101.0, 100.495, 102.0], pnl=[1.0, 0.5, -0.5, 0.25])

    assert found["calmar_ratio"] == pytest.approx(found["cagr"] / 0.5)
    assert found["profit_factor"] == pytest.approx(3.5)
    assert found["sqn"] == pytest.approx(2 * 0.3125 / np.std([1.0, 0.5, -0.5, 0.25], ddof=1))


def test_one_return_has_no_ratios():
    """A deviation needs two returns, and the three ratios are defined together."""
    found = metrics_of([100.0, 99.0])

    assert found["volatility"] is found["sharpe_ratio"] is found["sortino_ratio"] is None


@pytest.mark.filterwarnings("error")
def test_one_trade_is_measured_without_a_warning():
    """No deviation is asked of a single result."""
    assert metrics_of([100.0, 101.0, 99.0], pnl=[5.0])["sqn"] is None


def test_one_bar_has_no_returns():
    """A single bar measures what money and position say, nothing over time."""
    metrics = metrics_of([100.0])

    assert metrics["total_return_pct"] == 0.0
    assert metrics["cagr"] is metrics["volatility"] is metrics["sharpe_ratio"] is None


@pytest.mark.parametrize("equity", [[100.0, 50.0, -20.0, -20.0], [100.0, 0.0, 0.0]])
def test_an_account_that_is_gone_has_no_growth(equity):
    """Where the last equity is not positive there is no yearly growth, and nothing is infinite."""
    metrics = metrics_of(equity)

    assert metrics["cagr"] is metrics["calmar_ratio"] is None
    assert metrics["max_drawdown_pct"] >= 100.0


def test_growth_beyond_every_number_is_none():
    """A hundredfold day has no yearly rate that a float holds."""
    assert metrics_of([100.0, 100_000.0])["cagr"] is None


@pytest.mark.parametrize(
    ("equity", "days", "expected"),
    [
        ([100, 90, 100, 101], None, 2.0),
        ([100, 90, 95, 91], None, 3.0),
        ([100, 101, 102], None, 0.0),
        ([100, 99], None, 1.0),
        ([100, 90, 110, 109, 105, 111], [0, 3, 7, 8, 9, 10], 7.0),
        ([100, 100, 99, 100, 100], None, 2.0),
    ],
)
def test_a_drawdown_lasts_from_its_peak_to_the_bar_that_regains_it(equity, days, expected):
    """In calendar days, weekends included; one that never ends lasts to the last bar."""
    assert metrics_of([float(value) for value in equity], days=days)["max_drawdown_days"] == expected


@given(
    steps=st.lists(st.sampled_from([-2.0, -1.0, 0.0, 1.0, 2.0]), min_size=1, max_size=40),
    chunk=st.integers(1, 8),
)
@settings(max_examples=200, deadline=None)
def test_a_drawdown_is_the_same_however_the_curve_is_cut(steps, chunk):
    """Peaks, falls and regained peaks are found across the chunks in which they are computed."""
    equity = (100.0 + np.cumsum(steps)).tolist()
    names = ("max_drawdown_pct", "max_drawdown_days")
    peak, since, deepest, longest = equity[0], 0, 0.0, 0
    for day, value in enumerate(equity):
        if value < peak or day - since > 1:
            longest = max(longest, day - since)
        if value >= peak:
            peak, since = value, day
        deepest = max(deepest, (peak - value) / peak * 100.0)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metrics, "CHUNK", chunk)
        found = metrics_of(equity)

    assert [found[name] for name in names] == [pytest.approx(deepest), longest]


@pytest.mark.parametrize("timeframe", PERIODS_PER_YEAR)
def test_ratios_know_the_length_of_a_bar(timeframe):
    """A year has 252 days, and as many bars as they hold."""
    day = metrics_of([100.0, 110.0, 99.0, 120.0])
    other = metrics_of([100.0, 110.0, 99.0, 120.0], timeframe=timeframe)
    factor = math.sqrt({"1d": 1, "1h": 6.5, "5m": 78}[timeframe])

    for name in ("volatility", "sharpe_ratio", "sortino_ratio"):
        assert other[name] == pytest.approx(day[name] * factor)


def test_no_bars_cannot_be_measured():
    """Metrics of nothing are refused."""
    with pytest.raises(ValueError, match="no bars"):
        metrics_of([])


@given(final=st.floats(1e-6, 1e9), capital=st.floats(1.0, 1e7), days=st.integers(20, 20_000))
@settings(max_examples=100, deadline=None)
def test_growth_is_the_power_s_nearest_float(final, capital, days):
    """Compounded back, a year's growth gives the last equity to the last digits."""
    growth = cagr(final, capital, days * DAY)

    # The power of the float itself is only good to about 1e-12.
    expected = ((final / capital) ** (365.25 / days) - 1) * 100
    assert growth == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_growth_of_a_whole_number_of_years_is_exact():
    """Twice the money in 1461 days is the fourth root of two, rounded once."""
    growth = cagr(200.0, 100.0, 1461 * DAY)

    low, high = (Fraction(math.nextafter(growth, end)) / 100 + 1 for end in (-math.inf, math.inf))
    assert low**4 < 2 < high**4


@given(st.lists(st.floats(1.0, 1e6), min_size=1, max_size=30), st.lists(st.floats(-1e5, 1e5), max_size=10))
@settings(max_examples=200, deadline=None)
def test_no_metric_is_ever_nan_or_infinite(equity, pnl):
    """Whatever the curve and the trades."""
    metrics = metrics_of(equity, pnl=pnl)

    assert all(value is None or math.isfinite(value) for value in metrics.values())


def test_an_import_loads_no_charts():
    """The figures are there without matplotlib."""
    import subprocess
    import sys

    code = "import sys, stockbt_reporting.metrics; sys.exit('matplotlib' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_intraday_time_counts_as_parts_of_days():
    """Growth over half a day is compounded over half a day."""
    start, end = datetime(2024, 1, 1, 12, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=UTC)

    assert cagr(100.1, 100.0, to_micros(end) - to_micros(start)) == pytest.approx((1.001**730.5 - 1) * 100)
    assert np.isfinite(cagr(99.0, 100.0, DAY))
