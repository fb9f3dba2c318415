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


def assert_equal(expected, actual, scale=0.0):
    """Compare where TA-Lib has a value; both begin on the same bar."""
    np.testing.assert_array_equal(np.isnan(expected), np.isnan(actual))
    np.testing.assert_allclose(actual, expected, rtol=1e-9, atol=1e-9 * scale)


@pytest.mark.parametrize("name", BARS)
@pytest.mark.parametrize("period", [2, 14, 50])
def test_rsi_is_talib_s(name, period):
    """Wilder's RSI, to the last digits."""
    close = columns_of(BARS[name])["close"]

    strength, _ = indicators.rsi(close, period)

    np.testing.assert_allclose(strength, talib.RSI(close, period), rtol=1e-12)


@pytest.mark.parametrize("name", BARS)
@pytest.mark.parametrize("periods", [(12, 26, 9), (2, 3, 2), (5, 35, 5)])
def test_macd_is_talib_s(name, periods):
    """The MACD line and its signal line, both averages seeded as TA_MACD seeds them."""
    close = columns_of(BARS[name])["close"]

    line, smoothed = indicators.macd(close, *periods)
    expected_line, expected_smoothed, _ = talib.MACD(close, *periods)

    assert_equal(expected_line, line, scale=1.0)
    assert_equal(expected_smoothed, smoothed, scale=1.0)


@pytest.mark.parametrize("name", BARS)
@pytest.mark.parametrize("period", [1, 2, 14, 50])
def test_atr_is_talib_s(name, period):
    """Wilder's average of the true range."""
    column = columns_of(BARS[name])
    prices = column["high"], column["low"], column["close"]

    assert_equal(talib.ATR(*prices, period), indicators.atr(*prices, period))


@pytest.mark.parametrize("name", BARS)
@pytest.mark.parametrize("period", [1, 2, 20, 50, 60])
def test_the_moving_average_is_talib_s(name, period):
    """The mean of the last bars."""
    close = columns_of(BARS[name])["close"]

    assert_equal(talib.MA(close, period), indicators.sma(close, period))


@pytest.mark.parametrize("name", BARS)
@pytest.mark.parametrize("period", [2, 20, 50])
def test_the_bollinger_band_is_talib_s(name, period):
    """The band's middle and edges, with the population standard deviation."""
    close = columns_of(BARS[name])["close"]

    band = indicators.bollinger(close, period)
    upper, middle, lower = talib.BBANDS(close, period, 2.0, 2.0)

    assert_equal(middle, band.middle)
    np.testing.assert_allclose(band.middle + 2 * band.deviation, upper, rtol=1e-8)
    np.testing.assert_allclose(band.middle - 2 * band.deviation, lower, rtol=1e-8)


@given(close=PRICES, period=st.integers(2, 29))
@settings(max_examples=200, deadline=None)
def test_window_figures_are_those_of_each_window_alone(close, period):
    """A window's mean and deviation depend on nothing before it."""
    windows = np.lib.stride_tricks.sliding_window_view(close, period)

    band = indicators.bollinger(close, period)

    np.testing.assert_allclose(indicators.sma(close, period)[period - 1 :], windows.mean(axis=1), rtol=1e-13)
    np.testing.assert_allclose(band.middle[period - 1 :], windows.mean(axis=1), rtol=1e-13)
    np.testing.assert_allclose(
        band.deviation[period - 1 :], windows.std(axis=1), rtol=1e-11, atol=1e-12 * close.max()
    )


@given(close=PRICES, period=st.integers(2, 29))
@settings(max_examples=200, deadline=None)
def test_any_series_has_talib_s_rsi_and_atr(close, period):
    """Wild prices and flat stretches, wherever the RSI has a meaning."""
    expected = talib.RSI(close, period)

    strength, movement = indicators.rsi(close, period)

    moved = ~np.isnan(strength)
    assert_equal(expected[moved], strength[moved])
    assert not np.any(movement[~moved] > 0.0)
    assert_equal(talib.ATR(close, close, close, period), indicators.atr(close, close, close, period))


SMOOTHINGS = pytest.mark.parametrize(
    "smoothing", [recursions.ema, recursions.wilder], ids=lambda f: f.__name__
)


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

    seed = float(values[0])

    smooth = smoothing(values, seed, period)

    expected = [float(average) for average in exactly(smoothing, values.tolist(), seed, period)]
    np.testing.assert_allclose(smooth, expected, rtol=2e-16 * (10 + period))


def exactly(smoothing, values, seed, period):
    """Return the seed and the average after each value, in decimal."""
    with localcontext(prec=40):
        share = Decimal(2) / (period + 1) if smoothing is recursions.ema else Decimal(1) / period
        averages = [Decimal(seed)]
        for value in values:
            averages.append(averages[-1] + (Decimal(value) - averages[-1]) * share)
    return averages


@pytest.mark.parametrize("period", [2, 9, 300])
@SMOOTHINGS
def test_later_values_change_no_bit_of_an_earlier_average(smoothing, period):
    """A series cut anywhere, at a block's end or beside it, has the averages of the whole one."""
    values = np.random.default_rng(period).normal(100.0, 3.0, 40_000)
    whole = smoothing(values, 99.0, period)

    block = min(recursions.TIME_CONSTANTS * period, recursions.LONGEST)
    cuts = [*range(0, 40_000, 997), *range(block - 1, block + 2), block // 2]

    for cut in cuts:
        np.testing.assert_array_equal(whole[: cut + 1], smoothing(values[:cut], 99.0, period))


@pytest.mark.parametrize("price", [0.1, 1 / 3, 7e9])
@pytest.mark.parametrize("period", [1, 12, 26, 500])
@SMOOTHINGS
def test_a_price_that_stays_is_its_own_average(smoothing, period, price):
    """To fifteen digits, after a hundred thousand bars too."""
    smooth = smoothing(np.full(100_000, price), price, period)

    np.testing.assert_allclose(smooth, price, rtol=4e-15)


@SMOOTHINGS
def test_a_missing_value_spoils_what_comes_after_it_alone(smoothing):
    """Before it the average has every bit that it has without it."""
    values = np.random.default_rng(1).normal(100.0, 3.0, 10_000)
    whole = smoothing(values, 99.0, 14)
    values[5_000] = np.nan

    smooth = smoothing(values, 99.0, 14)

    np.testing.assert_array_equal(whole[:5_001], smooth[:5_001])
    assert np.isnan(smooth[5_001:]).all()


def test_a_mean_does_not_drift_on_a_long_series():
    """After a million bars at a great height the mean of a calm window is as good as at the start."""
    values = np.concatenate((np.full(1_000_000, 1e9), np.tile([1.0, 2.0], 500)))

    assert indicators.sma(values, 20)[-1] == 1.5
    assert indicators.bollinger(values, 20).deviation[-1] == 0.5
