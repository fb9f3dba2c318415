"""Indicators: TA-Lib's figures to nine digits, however long the series."""

from decimal import Decimal, localcontext

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from stockbt_engine_legacy import indicators, recursions

from .market import columns_of, random_bars

BARS = {
    name: random_bars(n, seed=n, noise=0.004, drift=0.0)
    for name, n in {"short": 60, "year": 252, "long": 200_000}.items()
}
PRICES = arrays(
    np.float64, st.integers(30, 120), elements=st.integers(100, 100_000).map(lambda cents: cents / 100)
)


def whole(pieces, bars):
    """Return the figures of all pieces as columns (bars,), NaN where there is none."""
    columns = None
    for part, *figures in pieces:
        if columns is None:
            columns = [np.full(bars, np.nan) for _ in figures]
        for column, figure in zip(columns, figures, strict=True):
            column[part] = figure
    return columns


def mean_of(values, period):
    """Return the moving average at each bar (n,)."""
    ((mean,),) = [whole(((part, *means) for part, means in indicators.sma(values, period)), len(values))]
    return mean


def assert_equal(expected, actual, scale=0.0):
    """Compare where TA-Lib has a value; both begin on the same bar."""
    np.testing.assert_array_equal(np.isnan(expected), np.isnan(actual))
    np.testing.assert_allclose(actual, expected, rtol=1e-9, atol=1e-9 * scale)


@pytest.mark.parametrize("name", BARS)
@pytest.mark.parametrize("period", [2, 14, 50])
def test_rsi_is_talib_s(name, period):
    """Wilder's RSI, to the last digits."""
    close = columns_of(BARS[name])["close"]

    strength, _ = whole(indicators.rsi(close, period), len(close))

    np.testing.assert_allclose(strength, talib.RSI(close, period), rtol=1e-12)


@pytest.mark.parametrize("name", BARS)
@pytest.mark.parametrize("periods", [(12, 26, 9), (2, 3, 2), (5, 35, 5)])
def test_macd_is_talib_s(name, periods):
    """The MACD line and its signal line, both averages seeded as TA_MACD seeds them."""
    close = columns_of(BARS[name])["close"]

    line, smoothed = whole(indicators.macd(close, *periods), len(close))
    expected_line, expected_smoothed, _ = talib.MACD(close, *periods)

    assert_equal(expected_line, line, scale=1.0)
    assert_equal(expected_smoothed, smoothed, scale=1.0)


@pytest.mark.parametrize("name", BARS)
@pytest.mark.parametrize("period", [1, 2, 14, 50])
def test_atr_is_talib_s(name, period):
    """Wilder's average of the true range."""
    column = columns_of(BARS[name])
    prices = column["high"], column["low"], column["close"]

    (average,) = whole(indicators.atr(*prices, period), len(BARS[name]))

    assert_equal(talib.ATR(*prices, period), average)


@pytest.mark.parametrize("name", BARS)
@pytest.mark.parametrize("period", [1, 2, 20, 50, 60])
def test_the_moving_average_is_talib_s(name, period):
    """The mean of the last bars."""
    close = columns_of(BARS[name])["close"]

    assert_equal(talib.MA(close, period), mean_of(close, period))


@pytest.mark.parametrize("name", BARS)
@pytest.mark.parametrize("period", [2, 20, 50])
def test_the_bollinger_band_is_talib_s(name, period):
    """The band's middle and edges, with the population standard deviation."""
    close = columns_of(BARS[name])["close"]

    mean, deviation = whole(indicators.bollinger(close, period), len(close))
    upper, middle, lower = talib.BBANDS(close, period, 2.0, 2.0)

    assert_equal(middle, mean)
    np.testing.assert_allclose(mean + 2 * deviation, upper, rtol=1e-8)
    np.testing.assert_allclose(mean - 2 * deviation, lower, rtol=1e-8)


@pytest.mark.parametrize("first", [0, 47, 48, 49, 100, 251])
@pytest.mark.parametrize(
    "figures",
    [
        lambda close, first: indicators.rsi(close, 14, first),
        lambda close, first: indicators.macd(close, 12, 26, 9, first),
        lambda close, first: ((part, *means) for part, means in indicators.sma(close, 20, 48, first=first)),
    ],
    ids=["rsi", "macd", "sma"],
)
def test_a_later_first_bar_changes_no_figure(figures, first):
    """A rule of two indicators lets both begin where the later one can; its history counts all the same."""
    close = columns_of(BARS["year"])["close"]

    for early, late in zip(
        whole(figures(close, 0), len(close)), whole(figures(close, first), len(close)), strict=True
    ):
        natural = int(np.isnan(early).sum())
        assert np.isnan(late).sum() == max(first, natural)
        np.testing.assert_allclose(late[first:], early[first:], rtol=1e-12)


@given(close=PRICES, period=st.integers(2, 29))
@settings(max_examples=200, deadline=None)
def test_window_figures_are_those_of_each_window_alone(close, period):
    """A window's mean and deviation depend on nothing before it."""
    windows = np.lib.stride_tricks.sliding_window_view(close, period)

    ((_, mean, deviation),) = indicators.bollinger(close, period)
    ((_, (sole,)),) = indicators.sma(close, period)

    np.testing.assert_allclose(sole, windows.mean(axis=1), rtol=1e-13)
    np.testing.assert_allclose(mean, windows.mean(axis=1), rtol=1e-13)
    np.testing.assert_allclose(deviation, windows.std(axis=1), rtol=1e-11, atol=1e-12 * close.max())


@given(close=PRICES, period=st.integers(2, 29))
@settings(max_examples=200, deadline=None)
def test_any_series_has_talib_s_rsi_and_atr(close, period):
    """Wild prices and flat stretches, wherever the RSI has a meaning."""
    expected = talib.RSI(close, period)

    strength, movement = whole(indicators.rsi(close, period), len(close))
    (average,) = whole(indicators.atr(close, close, close, period), len(close))

    moved = ~np.isnan(strength)
    assert_equal(expected[moved], strength[moved])
    assert not np.any(movement[~moved] > 0.0)
    assert_equal(talib.ATR(close, close, close, period), average)


SMOOTHINGS = pytest.mark.parametrize(
    "smoothing", [recursions.ema, recursions.wilder], ids=lambda f: f.__name__
)


BLOCK = 5_000
"""Bars of a block at most; with short periods it is less."""


def smooth(smoothing, values, period, cuts=()):
    """Return the average after each value from the first `period` on, the series cut into pieces."""
    average = recursions.Average(period, smoothing(period, BLOCK))
    return np.concatenate([average.after(piece) for piece in np.split(values, cuts)])


@pytest.mark.parametrize("period", [1, 2, 14, 26, 200])
@pytest.mark.parametrize("kind", ["prices", "dear", "cheap", "movements", "with flat stretches"])
@SMOOTHINGS
def test_a_smoothing_is_exact(smoothing, kind, period):
    """However long the series, the average is within two roundings for each bar of its period."""
    rng = np.random.default_rng(period)
    values = 100.0 + np.cumsum(rng.normal(0.0, 0.05, 12_000))
    values *= {"dear": 1e9, "cheap": 1e-9}.get(kind, 1.0)
    if kind == "movements":
        values = np.maximum(rng.normal(0.0, 1.0, 12_000), 0.0)
    elif kind == "with flat stretches":
        values[2_000:8_000] = values[1_999]

    averages = smooth(smoothing, values, period, cuts=[1_001, 7_002])

    expected = [float(average) for average in exactly(smoothing, values, period)]
    np.testing.assert_allclose(averages, expected, rtol=2e-16 * (10 + period))


def exactly(smoothing, values, period):
    """Return the average after each value from the first `period` on, in decimal."""
    with localcontext(prec=40):
        share = Decimal(2) / (period + 1) if smoothing is recursions.ema else Decimal(1) / period
        averages = [sum(map(Decimal, values[:period].tolist())) / period]
        for value in values[period:].tolist():
            averages.append(averages[-1] + (Decimal(value) - averages[-1]) * share)
    return averages


@pytest.mark.parametrize("period", [2, 9, 300])
@SMOOTHINGS
def test_later_values_change_no_bit_of_an_earlier_average(smoothing, period):
    """A series that ends anywhere, at a block's end or beside it, has the averages of the whole one."""
    values = np.random.default_rng(period).normal(100.0, 3.0, 40_000)
    averages = smooth(smoothing, values, period, cuts=[9_000])
    block = period + len(smoothing(period, BLOCK).weight)
    ends = [*range(period, 9_000, 997), *range(block - 1, block + 2), block // 2]

    for end in ends:
        shorter = smooth(smoothing, values[:end], period)
        np.testing.assert_array_equal(averages[: len(shorter)], shorter)


@pytest.mark.parametrize("price", [0.1, 1 / 3, 7e9])
@pytest.mark.parametrize("period", [1, 12, 26, 500])
@SMOOTHINGS
def test_a_price_that_stays_is_its_own_average(smoothing, period, price):
    """To fifteen digits, after a hundred thousand bars too."""
    averages = smooth(smoothing, np.full(100_000, price), period)

    np.testing.assert_allclose(averages, price, rtol=1e-14)  # it begins with a mean as TA-Lib adds it up
    np.testing.assert_allclose(averages[20 * period :], price, rtol=4e-15)


@SMOOTHINGS
def test_a_missing_value_spoils_what_comes_after_it_alone(smoothing):
    """Before it the average has every bit that it has without it."""
    values = np.random.default_rng(1).normal(100.0, 3.0, 10_000)
    sound = smooth(smoothing, values, 14)
    values[5_000] = np.nan

    spoiled = smooth(smoothing, values, 14)

    before = 5_000 - 13
    np.testing.assert_array_equal(sound[:before], spoiled[:before])
    assert np.isnan(spoiled[before:]).all()


def test_a_mean_does_not_drift_on_a_long_series():
    """After a million bars at a great height the mean of a calm window is as good as at the start."""
    values = np.concatenate((np.full(1_000_000, 1e9), np.tile([1.0, 2.0], 500)))

    *_, (_, (mean,)) = indicators.sma(values, 20)
    *_, (_, _, deviation) = indicators.bollinger(values, 20)

    assert mean[-1] == 1.5
    assert deviation[-1] == 0.5
