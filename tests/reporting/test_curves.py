"""Curves derived from a run, and the points that a picture needs of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stockbt_reporting.curves import NO_TIME, cumulative_return, decimate, drawdown, trade_pnl

EQUITIES = st.lists(st.floats(0.01, 1e9), min_size=1, max_size=60)


def test_drawdown_is_the_percent_below_the_highest_value_so_far() -> None:
    """Zero at a new high, negative below it."""
    assert drawdown([100.0, 120.0, 90.0, 120.0, 150.0, 75.0]).tolist() == [0.0, 0.0, -25.0, 0.0, 0.0, -50.0]


@given(EQUITIES)
def test_drawdown_is_never_positive_and_never_more_than_all(equity: list[float]) -> None:
    """For equity above zero it lies between -100 and 0."""
    depth = drawdown(equity)

    assert ((depth <= 0) & (depth >= -100)).all()


@given(EQUITIES)
def test_drawdown_is_zero_exactly_at_the_highs(equity: list[float]) -> None:
    """A bar that reaches the highest value so far has none."""
    highs = np.array([max(equity[: i + 1]) for i in range(len(equity))])

    assert (drawdown(equity)[np.array(equity) == highs] == 0).all()


def test_cumulative_return_is_the_percent_gained_on_the_capital() -> None:
    """The first bar may already differ from the capital."""
    assert cumulative_return([100.0, 150.0, 50.0], 100.0).tolist() == [0.0, 50.0, -50.0]


def test_trade_pnl_leaves_out_the_open_trade() -> None:
    """Its profit or loss is not final."""
    trades = {
        "exit_timestamp": np.array([5, 9, NO_TIME]).data,
        "pnl_abs": np.array([1.5, -2.0, 7.0]).data,
    }

    exits, pnl = trade_pnl(trades)

    assert exits.tolist() == [5, 9]
    assert pnl.tolist() == [1.5, -2.0]


@given(st.lists(st.floats(-1e6, 1e6), max_size=400), st.integers(4, 60))
def test_decimating_keeps_ends_and_extremes_within_the_points(values: list[float], points: int) -> None:
    """Indices increase, are at most `points`, and hold first, last, lowest and highest."""
    kept = decimate(range(len(values)), [values], points)

    assert len(kept) <= points
    assert (np.diff(kept) > 0).all()
    if values:
        shown = np.array(values)[kept]
        assert {0, len(values) - 1} <= set(kept.tolist())
        assert (shown.min(), shown.max()) == (min(values), max(values))


@given(st.lists(st.floats(-1e6, 1e6), max_size=50))
def test_a_short_series_is_kept_whole(values: list[float]) -> None:
    """Nothing is left out where everything fits."""
    assert decimate(range(len(values)), [values], 50).tolist() == list(range(len(values)))


def test_a_single_spike_is_not_lost() -> None:
    """One bar in a hundred thousand."""
    values = np.zeros(100_000)
    values[77_777] = -1.0

    assert 77_777 in decimate(np.arange(100_000), [values], 500)


@pytest.mark.parametrize(("columns", "points"), [([[1.0, 2.0]], 3), ([[1.0]], 10), ([], 10)])
def test_unequal_columns_and_too_few_points_are_refused(columns: list[list[float]], points: int) -> None:
    """A caller's mistake is not drawn."""
    with pytest.raises(ValueError, match="must"):
        decimate([1, 2], columns, points)
