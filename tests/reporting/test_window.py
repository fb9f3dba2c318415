"""Thinned windows: even rows, no lost spike, exact ends."""

import time as clock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stockbt_reporting.chart_data import COLUMNS, chart_window, curves_of
from stockbt_reporting.window import axis_of, thinned


@given(st.integers(0, 50), st.integers(0, 500), st.integers(4, 60))
def test_rows_are_few_increasing_and_of_the_window(first, bars, points):
    """Whatever the window and the number of points."""
    axis = axis_of(first, first + bars, points)

    assert len(axis.rows) <= max(points, 0)
    assert np.all(np.diff(axis.rows) > 0)
    if bars:
        assert (axis.rows[0], axis.rows[-1]) == (first, first + bars - 1)
    if bars <= points:
        assert len(axis.rows) == bars


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400),
    st.integers(4, 60),
    st.integers(0, 20),
)
def test_every_column_keeps_its_extremes_and_its_ends(values, points, skip):
    """In as many rows as the axis has."""
    column = np.array([0.0] * skip + values)
    axis = axis_of(skip, len(column), points)
    found = thinned(column, axis)

    assert len(found) == len(axis.rows)
    assert (found.min(), found.max()) == (min(values), max(values))
    assert (found[0], found[-1]) == (values[0], values[-1])
    assert set(found.tolist()) <= set(values)


def test_rows_are_evenly_spread_where_nothing_moves():
    """A flat half takes half of the rows: a chart that counts rows draws it as wide as it is."""
    column = np.concatenate((np.zeros(5000), np.random.default_rng(1).normal(size=5000)))
    axis = axis_of(0, len(column), 1000)

    assert len(thinned(column, axis)) == len(axis.rows)
    assert (axis.rows < 5000).sum() == pytest.approx(len(axis.rows) / 2, abs=2)


def test_within_a_stretch_the_order_in_time_is_kept():
    """A rise is drawn as a rise."""
    column = np.arange(10_000, dtype=np.float64)

    assert np.all(np.diff(thinned(column, axis_of(0, len(column), 100))) > 0)


def test_what_is_unknown_hides_nothing():
    """NaN stays where a stretch has nothing else."""
    column = np.full(1000, np.nan)
    column[777] = 5.0
    found = thinned(column, axis_of(0, 1000, 50))

    assert np.nanmax(found) == 5.0
    assert np.isnan(found).sum() == len(found) - 2


def test_too_few_points_are_refused():
    """First, last and two between."""
    with pytest.raises(ValueError, match="at least 4"):
        axis_of(0, 100, 3)


def test_a_window_of_a_million_bars_is_cut_at_once():
    """All columns, well within the tenth of a second that a zoom may take."""
    bars = 1_000_000
    rng = np.random.default_rng(1)
    equity, close = (100 * np.cumprod(1 + rng.normal(0, 1e-4, bars)) for _ in range(2))
    moment = np.arange(bars, dtype=np.int64) * 300_000_000
    series = {"close": close.data, "position": np.ones(bars).data, "cash": equity.data}
    curves = curves_of({"time": moment.data, "equity": equity.data}, series, 100.0)
    begin = clock.process_time()
    found = chart_window(curves, start=-1, end=1e15, points=3000)
    seconds = clock.process_time() - begin

    assert found.bars == bars
    assert 2900 < found.shown <= 3000
    for name in COLUMNS:
        if name in curves.columns:
            assert found.columns[name].max() == curves.columns[name].max()
            assert found.columns[name].min() == curves.columns[name].min()
    assert seconds < 1.0
