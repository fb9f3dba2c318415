"""Returns by month and year: they compound to the total, and pandas finds the same."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from stockbt_domain.bars import day_start
from stockbt_reporting.periods import period_returns

from ..engine_legacy.peers import real_bars


def test_periods_begin_with_the_last_value_of_the_one_before():
    """The first with the capital; months without a bar have no return."""
    days = [date(2020, 11, 30), date(2020, 12, 1), date(2020, 12, 31), date(2021, 3, 1)]
    (first, second) = period_returns([day_start(day) for day in days], [110.0, 50.0, 121.0, 242.0], 100.0)

    assert (first.year, second.year) == (2020, 2021)
    assert first.months == (*[None] * 10, pytest.approx(10.0), pytest.approx(10.0))
    assert first.return_pct == pytest.approx(21.0)
    assert second.months == (None, None, pytest.approx(100.0), *[None] * 9)


def test_a_year_without_a_bar_is_shown_empty():
    """So that a heat map has every row."""
    days = [date(2019, 12, 31), date(2021, 1, 1)]
    years = period_returns([day_start(day) for day in days], [100.0, 110.0], 100.0)

    assert [(year.year, year.return_pct) for year in years] == [
        (2019, 0.0),
        (2020, None),
        (2021, pytest.approx(10.0)),
    ]


def test_after_nothing_is_left_there_are_no_returns():
    """A period that begins with zero or less has none."""
    days = [date(2020, 1, 31), date(2020, 2, 1), date(2020, 3, 1)]
    (year,) = period_returns([day_start(day) for day in days], [100.0, -5.0, 10.0], 100.0)

    assert year.months[:3] == (0.0, pytest.approx(-105.0), None)
    assert year.return_pct == pytest.approx(-90.0)


def test_no_bars_have_no_years():
    """Nothing in, nothing out."""
    assert period_returns([], [], 100.0) == ()


def test_before_1970_months_are_where_they_belong():
    """The calendar goes on to the other side of the epoch."""
    start = date(1969, 11, 15)
    time = [day_start(start + timedelta(days=30 * n)) for n in range(3)]
    years = period_returns(time, [110.0, 121.0, 133.1], 100.0)

    assert [year.year for year in years] == [1969, 1970]
    assert years[0].months[10:] == (pytest.approx(10.0), pytest.approx(10.0))
    assert years[1].months[0] == pytest.approx(10.0)


def test_pandas_finds_the_same_and_all_compound_to_the_total():
    """On a real index of twenty years."""
    bars = real_bars("sp500")
    close = np.asarray(bars.close)
    years = period_returns(bars.time, close, close[0])
    frame = pd.Series(close, index=pd.to_datetime(np.asarray(bars.time), unit="us"))
    monthly = frame.resample("ME").last()
    expected = (monthly / monthly.shift(1, fill_value=close[0]) - 1) * 100

    months = [value for year in years for value in year.months if value is not None]
    assert months == pytest.approx(expected.tolist())
    total = np.prod([1 + year.return_pct / 100 for year in years])
    assert total == pytest.approx(close[-1] / close[0])
    assert total == pytest.approx(np.prod([1 + month / 100 for month in months]))
