"""Signals: what a bar may know, when a rule may speak, and when it must not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stockbt_domain.bars import Bars
from stockbt_domain.rules import RULES, RULES_BY_NAME
from stockbt_engine_legacy import LegacyEngine, UnsupportedTerms

from .market import bars_of, columns_of, outcome_bytes, random_bars, terms_of
from .reference import signals as reference_signals

ENGINE = LegacyEngine()
EVERY_RULE = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)

SHORT = {
    "RSI": {"period": 3},
    "MACD": {"fast_period": 2, "slow_period": 5, "signal_period": 3},
    "RSI_MACD": {"rsi_period": 3, "macd_fast": 2, "macd_slow": 5, "macd_signal": 3},
    "MOVING_AVERAGE_CROSS": {"fast_period": 2, "slow_period": 5},
    "BOLLINGER_BANDS": {"period": 5, "std_dev": 1.0},
    "VOLUME_BREAKOUT": {"volume_ma_period": 4, "breakout_multiplier": 1.1},
    "TREND_FOLLOWING": {"short_period": 2, "medium_period": 3, "long_period": 5},
    "ATR_VOLATILITY": {"period": 3},
}
"""Parameters small enough for a few bars."""


def signals_of(bars, rule, params=None):
    """Return the rule's signals as an array."""
    return np.asarray(ENGINE.signals(bars, rule.name, rule.complete(params or {})))


def first(bars: Bars, count: int) -> Bars:
    """Return the first bars alone."""
    return Bars(*(getattr(bars, name)[:count] for name in Bars.__dataclass_fields__))


@EVERY_RULE
def test_signals_are_the_conditions_on_talib_s_indicators(rule):
    """On a long history every bar's signal is what docs/engine.md's condition says of TA-Lib's figures."""
    bars = random_bars(20_000, seed=5)
    params = rule.complete({})

    signals = signals_of(bars, rule)

    np.testing.assert_array_equal(reference_signals(bars, rule.name, params), signals)
    assert set(signals.tolist()) == {-1, 0, 1}


@EVERY_RULE
@given(seed=st.integers(0, 10_000), cut=st.integers(0, 120))
@settings(max_examples=25, deadline=None)
def test_a_signal_knows_nothing_of_later_bars(rule, seed, cut):
    """The signals of a shorter history are the beginning of the signals of the longer one."""
    bars = random_bars(120, seed=seed)

    expected = signals_of(bars, rule, SHORT[rule.name])[:cut]

    np.testing.assert_array_equal(expected, signals_of(first(bars, cut), rule, SHORT[rule.name]))


@EVERY_RULE
def test_a_long_history_does_not_change_the_signals_of_a_shorter_one(rule):
    """Also where long series are computed in blocks: not one signal of a hundred thousand moves."""
    bars = random_bars(100_000, seed=8, noise=0.004)

    expected = signals_of(bars, rule)[:3_000]

    np.testing.assert_array_equal(expected, signals_of(first(bars, 3_000), rule))


@EVERY_RULE
@pytest.mark.parametrize("execution", ["close", "next_open"])
def test_nothing_after_the_last_bar_changes_the_result(rule, execution):
    """The outcome of a range is the same whatever the instrument did afterwards."""
    calm, wild = random_bars(600, seed=3), random_bars(600, seed=4, noise=0.2)
    joined = [
        np.concatenate((a, b))
        for a, b in zip(columns_of(calm).values(), columns_of(wild).values(), strict=True)
    ]
    time = np.asarray(calm.time)
    later = bars_of(
        joined[4],
        open=joined[1],
        high=joined[2],
        low=joined[3],
        volume=joined[5],
        time=np.concatenate((time, time + (time[-1] - time[0]) + 86_400_000_000)),
    )
    terms = terms_of(rule.name, execution=execution, direction="longshort")

    outcome = ENGINE.run(first(later, 600), terms)

    assert outcome_bytes(outcome) == outcome_bytes(ENGINE.run(calm, terms))


@EVERY_RULE
@pytest.mark.parametrize("params", ["default", "short"])
def test_bars_needed_is_the_first_bar_that_can_signal(rule, params):
    """No history signals earlier than the catalogue says, and some history does exactly then."""
    params = rule.complete(SHORT[rule.name] if params == "short" else {})
    needed = rule.bars_needed(params)
    histories = [random_bars(needed, seed=seed, noise=0.001 + 0.002 * (seed % 20)) for seed in range(60)]
    histories += [
        bars_of(100.0 + direction * np.arange(needed) ** 2 / needed, volume=[*[1.0] * (needed - 1), 99.0])
        for direction in (1, -0.9)
    ]

    signals = [np.asarray(ENGINE.signals(bars, rule.name, params)) for bars in histories]

    assert not any(signal[:-1].any() for signal in signals)
    assert any(signal[-1] for signal in signals)


@EVERY_RULE
@pytest.mark.parametrize("price", [0.1, 100.1, 1 / 3, 7e9])
@pytest.mark.parametrize("bars", [300, 40_000])
def test_constant_prices_signal_nothing(rule, price, bars):
    """Where nothing moves no average is above another, no RSI exists and no band has a width.

    A range of 0 is below any threshold but 0, with which ATR_VOLATILITY has no calm to buy.
    """
    flat = np.full(bars, price)
    params = {"low_threshold": 0.0} if rule.name == "ATR_VOLATILITY" else None

    signals = signals_of(bars_of(flat, open=flat, high=flat, low=flat, volume=flat), rule, params)

    assert not signals.any()


@pytest.mark.parametrize("price", [0.1, 100.1, 1 / 3, 7e9])
def test_constant_prices_are_calm_to_the_atr(price):
    """With a threshold above 0 a market that does not move is calm from the first ATR on: a buy."""
    flat = np.full(300, price)

    signals = signals_of(bars_of(flat, open=flat, high=flat, low=flat), RULES_BY_NAME["ATR_VOLATILITY"])

    assert signals.tolist() == [0] * 14 + [1] * 286


@EVERY_RULE
@pytest.mark.parametrize("price", [0.1, 100.1])
def test_a_stretch_of_constant_prices_ends_the_signals_of_windows(rule, price):
    """A window of one price signals nothing, whatever came before it, and no rule flips in it."""
    before = columns_of(random_bars(500, seed=2))["close"] * price
    close = np.concatenate((before, np.full(1_500, before[-1])))

    signals = signals_of(bars_of(close, open=close, high=close, low=close), rule)[-1_000:]

    assert len(set(signals.tolist())) == 1
    if rule.name not in ("RSI", "RSI_MACD", "ATR_VOLATILITY"):
        assert signals[-1] == 0


def test_an_rsi_on_its_threshold_is_not_beyond_it():
    """As much up as down is an RSI of 50: neither below nor above it."""
    params = {"period": 2, "oversold": 50.0, "overbought": 50.0}

    signals = ENGINE.signals(bars_of([10.0, 11.0, 10.0, 9.0]), "RSI", params)

    assert signals.tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize("name", ["RSI", "RSI_MACD"])
def test_a_rise_is_forgotten_in_a_long_calm(name):
    """An RSI of 100 is a sell only while the movement it is a share of is more than rounding."""
    close = np.concatenate((np.linspace(100.0, 200.0, 100), np.full(1_000, 200.0)))

    signals = signals_of(bars_of(close), RULES_BY_NAME[name])

    assert signals[99] == -1
    assert not signals[-300:].any()


def test_the_first_volume_is_no_breakout():
    """There is no previous close to be above, whatever the volume is; the second bar has one."""
    params = {"volume_ma_period": 1, "breakout_multiplier": 0.5}

    signals = ENGINE.signals(bars_of([10.0, 11.0, 10.0], volume=[9.0, 9.0, 9.0]), "VOLUME_BREAKOUT", params)

    assert signals.tolist() == [0, 1, -1]


def test_a_parameter_that_is_missing_is_named():
    """UnsupportedTerms says which one the rule needs."""
    with pytest.raises(UnsupportedTerms, match="overbought"):
        ENGINE.signals(random_bars(30), "RSI", {"period": 14, "oversold": 30})


def test_equal_averages_are_not_a_signal():
    """Averages that are one number on paper, and two in floats, do not cross."""
    close = np.tile([0.1, 0.2, 0.3, 0.4, 0.3, 0.2], 50)

    signals = signals_of(bars_of(close), RULES_BY_NAME["MA_CROSS"], {"fast_period": 6, "slow_period": 12})

    assert not signals.any()


def test_a_price_on_the_edge_is_not_beyond_it():
    """In a band of two closes and two deviations a close is a quarter of the width from an edge."""
    params = {"period": 2, "std_dev": 2, "edge": 0.25}

    signals = signals_of(bars_of([101, 100, 101, 103, 102]), RULES_BY_NAME["BOLLINGER_BANDS"], params)

    assert not signals.any()


@EVERY_RULE
@given(power=st.integers(-20, 20), seed=st.integers(0, 1_000))
@settings(max_examples=10, deadline=None)
def test_a_currency_worth_a_power_of_two_changes_nothing_but_the_unit(rule, power, seed):
    """Prices and capital times 2^k give the same shares and exactly 2^k times the money."""
    bars = random_bars(400, seed=seed)
    factor = 2.0**power
    column = columns_of(bars)
    scaled = bars_of(
        column["close"] * factor,
        open=column["open"] * factor,
        high=column["high"] * factor,
        low=column["low"] * factor,
        volume=column["volume"],
    )
    costs = {"fee_rate": 0.001, "slippage_bps": 5.0, "direction": "longshort"}

    plain = ENGINE.run(bars, terms_of(rule.name, SHORT[rule.name], **costs))
    other = ENGINE.run(scaled, terms_of(rule.name, SHORT[rule.name], initial_capital=1e4 * factor, **costs))

    np.testing.assert_array_equal(plain.position, other.position)
    np.testing.assert_array_equal(np.asarray(plain.equity) * factor, other.equity)
    np.testing.assert_array_equal(plain.trades["pnl_pct"], other.trades["pnl_pct"])
