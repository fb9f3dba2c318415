"""Recursive averages, bit for bit as a plain loop computes them, without paying for the loop.

A smoothing forgets where it started: two runs of one over the same values, begun from different
numbers, come closer at every step until rounding makes them one. So a long series is cut into
blocks, and all blocks advance together, one array operation a step, each from a guessed start. A
second pass starts every block from the end of the one before and goes on until nothing differs from
the first pass any more. A block whose start turns out to be its neighbour's end is then the loop's
in every bit; one that is not (a stretch without any movement forgets nothing, a missing value is
equal to nothing) is run again by the loop itself.
"""

from collections.abc import Callable

import numpy as np

from .contract import Floats

FORGOTTEN = 48
"""Time constants after which a start no longer shows: exp(-48) is far below a float's 53 bits."""

BLOCKS_WORTH_IT = 20
"""Fewer blocks than this are slower than the loop (measured)."""

CHECK_EVERY = 16

Step = Callable[[Floats, Floats, Floats], None]
Loop = Callable[[Floats, float], Floats]


def ema(values: Floats, seed: float, period: int) -> Floats:
    """Return the exponential average after each of `values` (n,), as TA-Lib computes it.

    alpha = 2 / (period + 1); `seed` is the average before the first value.
    """
    alpha = 2.0 / (period + 1.0)

    def step(value: Floats, before: Floats, after: Floats) -> None:
        np.subtract(value, before, out=after)
        np.multiply(after, alpha, out=after)
        np.add(after, before, out=after)

    def loop(values: Floats, seed: float) -> Floats:
        average = seed
        return np.array([average := (value - average) * alpha + average for value in values.tolist()])

    return _smooth(values, seed, 1.0 / alpha, step, loop)


def wilder(values: Floats, seed: float, period: int) -> Floats:
    """Return Wilder's average after each of `values` (n,): (before x (period - 1) + value) / period."""
    kept = period - 1.0
    divisor = float(period)

    def step(value: Floats, before: Floats, after: Floats) -> None:
        np.multiply(before, kept, out=after)
        np.add(after, value, out=after)
        np.divide(after, divisor, out=after)

    def loop(values: Floats, seed: float) -> Floats:
        average = seed
        return np.array([average := (average * kept + value) / divisor for value in values.tolist()])

    return _smooth(values, seed, divisor, step, loop)


def _smooth(values: Floats, seed: float, memory: float, step: Step, loop: Loop) -> Floats:
    """Return the smoothing of `values`; `memory` is its time constant in bars."""
    length = max(CHECK_EVERY, int(FORGOTTEN * memory))
    count = len(values) // length
    if count < BLOCKS_WORTH_IT:
        return loop(values, seed)
    body = length * count
    inputs = np.ascontiguousarray(values[:body].reshape(count, length).T)
    outputs = np.empty_like(inputs)
    state = np.concatenate(([seed], inputs[-1, :-1]))
    for value, after in zip(inputs, outputs, strict=True):
        step(value, state, after)
        state = after
    starts = np.concatenate(([seed], outputs[-1, :-1]))
    _restart(inputs, outputs, starts, step)
    for block in range(1, count):
        end_before = float(outputs[-1, block - 1])
        if end_before != starts[block]:
            outputs[:, block] = loop(inputs[:, block], end_before)
    smooth = np.empty(len(values))
    smooth[:body].reshape(count, length)[:] = outputs.T
    smooth[body:] = loop(values[body:], float(outputs[-1, -1]))
    return smooth


def _restart(inputs: Floats, outputs: Floats, starts: Floats, step: Step) -> None:
    """Advance all blocks again, from `starts`, until each is on the way it went before."""
    state = starts
    after = np.empty_like(state)
    for number, value in enumerate(inputs):
        step(value, state, after)
        if number % CHECK_EVERY == 0 and np.array_equal(after, outputs[number]):
            return
        outputs[number] = after
        state = outputs[number]
