"""Rolling figures: those of the stretch alone, and undefined where they are."""

import numpy as np
import pandas as pd
import pytest
from stockbt_reporting.rolling import rolling_figures

from ..engine_legacy.peers import real_bars
from .test_metrics import metrics_of


def test_a_window_has_the_metrics_of_its_stretch():
    """As if the run had begun and ended with it."""
    rng = np.random.default_rng(3)
    equity = (100 * np.cumprod(1 + rng.normal(0, 0.01, 80))).tolist()
    sharpe, volatility = rolling_figures(equity, window=30)

    for bar in (30, 55, 79):
        alone = metrics_of(equity[bar - 30 : bar + 1])
        assert sharpe[bar] == pytest.approx(alone["sharpe_ratio"])
        assert volatility[bar] == pytest.approx(alone["volatility"])
    assert np.isnan(sharpe[:30]).all()
    assert np.isnan(volatility[:30]).all()


def test_pandas_finds_the_same():
    """On a real index, and with another year."""
    returns = pd.Series(np.asarray(real_bars("sp500").close)).pct_change()
    rolling = returns.rolling(126)
    sharpe, volatility = rolling_figures(np.asarray(real_bars("sp500").close), periods=365.0)

    np.testing.assert_allclose(volatility, rolling.std() * np.sqrt(365) * 100, rtol=1e-9)
    np.testing.assert_allclose(sharpe, rolling.mean() / rolling.std() * np.sqrt(365), rtol=1e-8, atol=1e-9)


def test_without_variation_there_is_no_ratio():
    """Flat stretches have a volatility of exactly 0, though large moves came before."""
    equity = [100.0, 1e9, 3.0, *[7.0] * 10, 8.0]
    sharpe, volatility = rolling_figures(equity, window=4)

    assert volatility[7:13].tolist() == [0.0] * 6
    assert np.isnan(sharpe[7:13]).all()
    assert volatility[13] > 0
    assert sharpe[13] > 0


def test_a_steady_rise_has_no_variation_either():
    """Equal returns are equal whatever rounding makes of their sums."""
    equity = [2.0**n for n in range(12)]
    sharpe, volatility = rolling_figures(equity, window=5)

    assert volatility[5:].tolist() == [0.0] * 7
    assert np.isnan(sharpe).all()


def test_where_equity_is_gone_nothing_is_said():
    """Windows with a return from or to zero or less are undefined, later ones are not."""
    equity = [10.0, 11.0, 10.0, -1.0, 5.0, 6.0, 5.0, 6.0]
    sharpe, volatility = rolling_figures(equity, window=2)

    assert np.isnan(volatility).tolist() == [True, True, False, True, True, True, False, False]
    assert np.isnan(sharpe).tolist() == np.isnan(volatility).tolist()


@pytest.mark.parametrize("bars", [0, 1, 5])
def test_a_run_shorter_than_its_window_has_none(bars):
    """All undefined, and no error."""
    sharpe, volatility = rolling_figures([100.0] * bars, window=5)

    assert len(sharpe) == len(volatility) == bars
    assert np.isnan(sharpe).all()


def test_a_window_of_one_is_refused():
    """One return has no deviation."""
    with pytest.raises(ValueError, match="at least 2"):
        rolling_figures([1.0, 2.0], window=1)
