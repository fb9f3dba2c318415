"""Exponential averages as running sums: no loop of Python's, the same bits on every processor.

An average that at each bar keeps a share of itself is a sum of all values so far, each weighted by
that share to the power of its age. Divided by the share to the power of the bar, it is a plain
running sum, for which numpy has a loop. Those weights grow without limit, so a series is cut into
blocks of a fixed number of bars, and a block begins with the average that the one before ended with.

A weight is its neighbour's times one factor. So two weights are apart by the roundings of the bars
between them, and what a rounding did is forgotten as fast as the value it was done to. A value is
taken with the difference of two weights, so that all that is taken adds up to the weight it is
divided by, and a price that stays gives itself. The error is that of a loop over the bars.

A running sum waits at each bar for the addition before it. Two of them, of every other value, wait no
longer than one when they are the two parts of a complex number; two neighbours of theirs make the sum.
"""

import numpy as np

from .contract import Floats

GROWTH = 494
"""Natural logarithm of the largest weight: 1e214 leaves prices 90 digits."""


class Decay:
    """The weights of an average that takes `part` / `whole` of each value, in blocks of at most `bars`."""

    def __init__(self, part: int, whole: int, bars: int) -> None:
        self.forgets = part == whole
        if self.forgets:
            return
        # A bar adds log(1 / (1 - alpha)), which is at most alpha (2 - alpha) / (2 (1 - alpha)).
        longest = 2 * GROWTH * (whole - part) * whole // (part * (2 * whole - part))
        self.weight = np.multiply.accumulate(np.full(min(longest, bars), whole / (whole - part)))
        self.taken = np.diff(self.weight, prepend=1.0)


def ema(period: int, bars: int) -> Decay:
    """Return the weights with alpha = 2 / (period + 1)."""
    return Decay(2, period + 1, bars)


def wilder(period: int, bars: int) -> Decay:
    """Return the weights with alpha = 1 / period."""
    return Decay(1, period, bars)


class Average:
    """The average of a series that comes in pieces, from the mean of its first `period` values on."""

    def __init__(self, period: int, decay: Decay) -> None:
        self._period, self._decay = period, decay
        self._last: float | None = None

    def after(self, values: Floats) -> Floats:
        """Return the average after each value of the next piece.

        The first piece has `period` values at least, which give one average together.
        """
        if self._last is not None:
            averages = np.empty(len(values))
            self._last = self._go_on(values, averages, self._last)
        else:
            averages = np.empty(len(values) - self._period + 1)
            # Added up from the first to the last, as TA-Lib's seeds are.
            averages[0] = seed = float(np.add.accumulate(values[: self._period])[-1]) / self._period
            self._last = self._go_on(values[self._period :], averages[1:], seed)
        return averages

    def _go_on(self, values: Floats, averages: Floats, last: float) -> float:
        """Write the average after each value, given the one before, and return the last."""
        if self._decay.forgets:
            averages[:] = values
            return last
        weight, taken = self._decay.weight, self._decay.taken
        pairs = np.zeros(len(weight) // 2 + 1, dtype=np.complex128)
        sums = pairs.view(np.float64)
        for start in range(0, len(values), len(weight)):
            block, average = (column[start : start + len(weight)] for column in (values, averages))
            count = len(block)
            np.multiply(block, taken[:count], out=sums[:count])
            sums[0] += last
            np.add.accumulate(pairs, out=pairs)
            average[0] = sums[0]
            np.add(sums[1:count], sums[: count - 1], out=average[1:])
            average /= weight[:count]
            last = float(average[-1])
        return last
