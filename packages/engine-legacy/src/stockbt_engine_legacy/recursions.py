"""Exponential averages as running sums: no loop of Python's, the same bits on every processor.

An average that at each bar keeps a share of itself is a sum of all values so far, each weighted by
that share to the power of its age. Divided by the share to the power of the bar, it is a plain
running sum, for which numpy has a loop. Those weights grow without limit, so a series is cut into
blocks of a fixed number of bars from its first on, and a block begins with the average that the one
before ended with: a longer history changes nothing in a shorter one.

A weight is its neighbour's times one factor. So two weights are apart by the roundings of the bars
between them, and what a rounding did is forgotten as fast as the value it was done to. A value is
taken with the difference of two weights, so that all that is taken adds up to the weight it is
divided by, and a price that stays gives itself. The error is that of a loop over the bars.
"""

import numpy as np

from .contract import Floats

TIME_CONSTANTS = 300
"""Length of a block. The weights reach 1e215 at most, which leaves prices 90 digits."""

LONGEST = 16_384
"""Bars of a block at most: few enough to stay in the processor's cache."""


def ema(values: Floats, seed: float, period: int) -> Floats:
    """Return `seed` and the exponential average after each value (n + 1,); alpha is 2 / (period + 1)."""
    return _average(values, seed, 2, period + 1)


def wilder(values: Floats, seed: float, period: int) -> Floats:
    """Return `seed` and Wilder's average after each value (n + 1,); alpha is 1 / period."""
    return _average(values, seed, 1, period)


def _average(values: Floats, seed: float, part: int, whole: int) -> Floats:
    """Return `seed` and the average after each value, of which it takes `part` / `whole`."""
    average = np.empty(len(values) + 1)
    average[0] = seed
    if part == whole:
        average[1:] = values
        return average
    length = min(TIME_CONSTANTS * whole // part, LONGEST)
    weight = np.multiply.accumulate(np.full(min(length, len(values)), whole / (whole - part)))
    taken = np.diff(weight, prepend=1.0)
    for start in range(0, len(values), length):
        block = values[start : start + length]
        sums = average[start + 1 : start + 1 + len(block)]
        np.multiply(block, taken[: len(block)], out=sums)
        sums[0] += average[start]
        np.add.accumulate(sums, out=sums)
        sums /= weight[: len(block)]
    return average
