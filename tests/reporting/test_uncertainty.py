"""The bootstrap's intervals: reproducible, honest about little data, and as wide as they should be."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from stockbt_reporting import uncertainty as module
from stockbt_reporting.uncertainty import RESAMPLES, SEED, block_length, uncertainty

from ..engine_legacy.peers import peer
from .test_metrics import DAY, metrics_of


def curve(bars=1000, *, drift=0.0005, deviation=0.01, seed=1):
    """Return time and equity of a random walk from 100."""
    steps = np.random.default_rng(seed).normal(drift, deviation, bars - 1)
    return np.arange(bars) * DAY, 100 * np.concatenate(([1.0], np.cumprod(1 + steps)))


def by_name(found):
    """Return the intervals by name."""
    return {interval.name: interval for interval in found.intervals}


def test_values_are_the_metrics_and_lie_within():
    """The run's own figures, as the page shows them."""
    time, equity = curve()
    metrics = metrics_of(equity.tolist())
    found = by_name(uncertainty(time, equity, 100.0, trades=50))

    assert set(found) == {"total_return_pct", "cagr", "sharpe_ratio", "max_drawdown_pct"}
    for name, interval in found.items():
        assert interval.value == pytest.approx(metrics[name], rel=1e-9)
        assert interval.low < interval.value < interval.high
    assert found["max_drawdown_pct"].low >= 0


def test_the_same_run_gives_the_same_bits():
    """Today and tomorrow, whatever else used chance, and on a processor without vector instructions."""
    time, equity = curve()
    first = uncertainty(time, equity, 100.0, trades=50)
    np.random.default_rng().random(10)
    second = uncertainty(time, equity, 100.0, trades=50)
    code = (
        "from tests.reporting.test_uncertainty import curve, uncertainty\n"
        "print(repr(uncertainty(*curve(), 100.0, trades=50)))"
    )
    features = "AVX2 FMA3 AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR"
    env = {**os.environ, "NPY_DISABLE_CPU_FEATURES": features, "PYTHONWARNINGS": "ignore"}
    third = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)

    assert first == second
    assert third.stdout.strip() == repr(first), third.stderr
    assert (first.seed, first.resamples, first.level) == (SEED, RESAMPLES, 0.95)


@pytest.mark.parametrize(
    ("bars", "trades", "words"),
    [
        (1000, 0, "no trade"),
        (1000, 1, "1 trade"),
        (1000, 9, "only 9 trades"),
        (100, 50, "100 bars"),
        (1, 10, "1 bars"),
    ],
)
def test_too_little_is_said_in_a_sentence(bars, trades, words):
    """And there are no intervals."""
    found = uncertainty(*curve(bars), 100.0, trades=trades)

    assert found.intervals == ()
    assert len(found.sentences) == 1
    assert words in found.sentences[0]


def test_few_trades_are_warned_of():
    """Beside the intervals."""
    few = uncertainty(*curve(), 100.0, trades=29)
    enough = uncertainty(*curve(), 100.0, trades=30)

    assert few.intervals == enough.intervals
    assert [len(few.sentences), len(enough.sentences)] == [2, 1]
    assert "29 trades" in few.sentences[1]


def test_equity_that_was_gone_has_no_intervals():
    """Its returns have no meaning."""
    time, equity = curve()
    equity[500] = -1.0

    assert uncertainty(time, equity, 100.0, trades=50).intervals == ()


def test_an_equity_without_variation_has_no_sharpe_ratio():
    """The other figures have an interval of no width."""
    time, _ = curve(200)
    found = by_name(uncertainty(time, np.full(200, 100.0), 100.0, trades=50))

    assert set(found) == {"total_return_pct", "cagr", "max_drawdown_pct"}
    assert {(i.low, i.value, i.high) for i in found.values()} == {(0.0, 0.0, 0.0)}


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    """Of 40 walks whose mean is known, about 95 % of the intervals hold its Sharpe ratio."""
    true = 0.0005 / 0.01 * np.sqrt(252)
    held = 0
    for seed in range(40):
        interval = by_name(uncertainty(*curve(500, seed=seed), 100.0, trades=50))["sharpe_ratio"]
        held += interval.low <= true <= interval.high

    assert 34 <= held <= 40


def test_many_bars_are_taken_together_and_falls_within_them_count(monkeypatch):
    """What is said is close to what every bar alone gives, and the sentence tells it."""
    time, equity = curve(3000)
    alone = uncertainty(time, equity, 100.0, trades=50)
    monkeypatch.setattr(module, "MOST_RETURNS", 600)
    together = uncertainty(time, equity, 100.0, trades=50)

    assert (alone.bars_each, together.bars_each) == (1, 5)
    assert "5 bars at a time" in together.sentences[0]
    for name in ("total_return_pct", "max_drawdown_pct"):
        one, other = by_name(alone)[name], by_name(together)[name]
        assert other.value == pytest.approx(one.value, rel=1e-9)
        assert other.low == pytest.approx(one.low, abs=0.15 * (one.high - one.low))
        assert other.high == pytest.approx(one.high, abs=0.15 * (one.high - one.low))


def test_a_bar_too_many_is_a_step_of_its_own(monkeypatch):
    """Bars that do not divide evenly lose nothing."""
    time, equity = curve(1009)
    monkeypatch.setattr(module, "MOST_RETURNS", 500)
    found = by_name(uncertainty(time, equity, 100.0, trades=50))
    metrics = metrics_of(equity.tolist())

    for name in ("total_return_pct", "max_drawdown_pct", "cagr"):
        assert found[name].value == pytest.approx(metrics[name], rel=1e-9)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dependence", [0.6, 0.8, 0.9, 0.95])
def test_blocks_are_as_long_as_arch_makes_them(dependence):
    """For returns that depend on their neighbours; arch estimates correlations a little differently."""
    noise = np.random.default_rng(5).normal(size=10_000)
    values = np.empty_like(noise)
    last = 0.0
    for place, shock in enumerate(noise):
        last = values[place] = dependence * last + shock
    expected = peer("arch.bootstrap").optimal_block_length(values)["stationary"].iloc[0]

    assert block_length(values) == pytest.approx(expected, rel=0.1)


def test_independent_returns_have_short_blocks():
    """And constant ones the shortest."""
    assert block_length(np.random.default_rng(2).normal(size=10_000)) <= 3
    assert block_length(np.zeros(500)) == 1


def test_a_longer_equity_is_no_other_figure():
    """A capital that is not the first bar's equity moves the returns on it and no other figure."""
    time, equity = curve()
    plain, half = (by_name(uncertainty(time, equity, capital, trades=50)) for capital in (100.0, 50.0))

    assert half["sharpe_ratio"] == plain["sharpe_ratio"]
    assert half["max_drawdown_pct"] == plain["max_drawdown_pct"]
    assert half["total_return_pct"].high == pytest.approx(2 * plain["total_return_pct"].high + 100)
    assert replace(half["cagr"], value=0) != replace(plain["cagr"], value=0)
