"""A result in a line of a table: a few values of its equity, to draw without reading the curve."""

from array import array

SPARKLINE_POINTS = 32


def sparkline_of(equity: memoryview) -> tuple[float, ...]:
    """Return at most 32 values of an equity curve, evenly spread, the first and the last among them, in
    the precision of a picture (float32)."""
    last = len(equity) - 1
    if last < SPARKLINE_POINTS:
        return tuple(array("f", equity))
    step = last / (SPARKLINE_POINTS - 1)
    return tuple(array("f", [equity[round(step * number)] for number in range(SPARKLINE_POINTS)]))
