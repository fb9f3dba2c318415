"""The worst drawdowns: by definition, against a plain loop, and in agreement with the metrics."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stockbt_reporting.drawdowns import worst_drawdowns

from ..engine_legacy.market import bars_of
from .test_metrics import DAY, START, metrics_of


def found(equity, **more):
    """Return the drawdowns of daily equity as (depth, start, valley, recovery, days), times as bars."""
    time = np.arange(len(equity)) * DAY

    def bar(moment):
        return None if moment is None else moment // DAY

    return [
        (d.depth_pct, bar(d.start), bar(d.valley), bar(d.recovery), d.days)
        for d in worst_drawdowns(time, equity, **more)
    ]


def plain(equity):
    """Return the same, bar by bar."""
    drawdowns, start = [], 0
    for bar in range(1, len(equity) + 1):
        if bar == len(equity) or equity[bar] >= equity[start]:
            below = equity[start + 1 : bar]
            if len(below):
                valley = start + 1 + int(np.argmin([(v - equity[start]) / equity[start] for v in below]))
                over = bar if bar < len(equity) else None
                depth = (equity[start] - equity[valley]) / equity[start] * 100
                last = bar if over is not None else len(equity) - 1
                drawdowns.append((depth, start, valley, over, float(last - start)))
            start = bar
    return sorted(drawdowns, key=lambda d: -d[0])


def test_each_has_its_peak_its_valley_and_its_recovery():
    """The deepest first; the last one is not regained."""
    assert found([100, 90, 95, 100, 120, 60, 90, 130, 117]) == [
        (50.0, 4, 5, 7, 3.0),
        (pytest.approx(10.0), 0, 1, 3, 3.0),
        (pytest.approx(10.0), 7, 8, None, 1.0),
    ]


def test_only_as_many_as_asked_are_given():
    """The deepest of them."""
    assert [d[0] for d in found([100, 90, 100, 80, 100, 70, 100], count=2)] == pytest.approx([30.0, 20.0])


@pytest.mark.parametrize("equity", [[], [100], [100, 100, 101], [-1, -2, -1], [0, 0]])
def test_where_nothing_falls_there_is_none(equity):
    """A peak of zero or less has no percentage."""
    assert found(equity) == []


@given(st.lists(st.integers(1, 30), min_size=1, max_size=60))
def test_a_plain_loop_finds_the_same(values):
    """Whatever the curve."""
    equity = [float(value) for value in values]
    ours = found(equity, count=100)

    assert [d[0] for d in ours] == pytest.approx([d[0] for d in plain(equity)])
    assert {d[1:] for d in ours} == {d[1:] for d in plain(equity)}


@given(st.lists(st.floats(0.5, 2.0), min_size=2, max_size=60))
def test_the_metrics_are_the_worst_of_them(steps):
    """The deepest is `max_drawdown_pct`, the longest `max_drawdown_days`."""
    equity = (100 * np.cumprod(steps)).tolist()
    metrics = metrics_of(equity)
    ours = worst_drawdowns(START + np.arange(len(equity)) * DAY, equity, count=100)

    assert max((d.depth_pct for d in ours), default=0.0) == pytest.approx(metrics["max_drawdown_pct"])
    assert max((d.days for d in ours), default=0.0) == metrics["max_drawdown_days"]


def test_bars_of_a_market_have_times_that_are_kept():
    """Times come back as they were given."""
    bars = bars_of(np.array([10.0, 5.0, 20.0]))
    (only,) = worst_drawdowns(bars.time, [10.0, 5.0, 20.0])

    assert [only.start, only.valley, only.recovery] == list(bars.time)
