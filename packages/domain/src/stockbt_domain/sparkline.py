"""A result in a line of a table: a few values of its equity, to draw without reading the curve."""

from array import array
from collections.abc import Iterable
from math import isfinite

SPARKLINE_POINTS = 32
_LARGEST = (2 - 2**-23) * 2.0**127
"""The largest number of the precision of a picture."""


def sparkline_of(equity: memoryview) -> tuple[float, ...]:
    """Return at most 32 values of an equity curve, evenly spread, the first and the last among them, in
    the precision of a picture (float32); what is too large for it is the largest there is."""
    last = len(equity) - 1
    if last < SPARKLINE_POINTS:
        return drawable(equity)
    step = last / (SPARKLINE_POINTS - 1)
    return drawable(equity[round(step * number)] for number in range(SPARKLINE_POINTS))


def drawable(values: Iterable[float]) -> tuple[float, ...]:
    """Return the values as a picture has them, all of them finite: JSON has no infinity, and a line through
    it cannot be drawn. Sparklines that were stored before this was so have some."""
    inside = (min(max(value, -_LARGEST), _LARGEST) for value in values)
    return tuple(value if isfinite(value) else 0.0 for value in array("f", inside))
