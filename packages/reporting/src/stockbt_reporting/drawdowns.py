"""The deepest falls of an equity curve, each from its peak over its valley to its recovery."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .curves import drawdown

MICROS_PER_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Drawdown:
    """One stretch below a peak; times are microseconds since the epoch.

    `depth_pct` is positive, in percent of the peak. `start` is the peak's bar, `recovery` the first bar
    that regains it, None while it is not regained. `days` are calendar days from `start` to `recovery`,
    or to the last bar: what `max_drawdown_days` is the longest of.
    """

    depth_pct: float
    start: int
    valley: int
    recovery: int | None
    days: float


def worst_drawdowns(time: npt.ArrayLike, equity: npt.ArrayLike, *, count: int = 10) -> tuple[Drawdown, ...]:
    """Return the `count` deepest drawdowns, the deepest first; of equal ones the earlier first.

    A peak of zero or less has no percentage and starts no drawdown.
    """
    moments = np.asarray(time, dtype=np.int64)
    depth = drawdown(equity)
    if not len(depth):
        return ()
    regained = np.flatnonzero(np.nan_to_num(depth, nan=0.0) >= 0.0)
    bounds = np.append(regained, len(depth))
    begin = np.flatnonzero(np.diff(bounds) > 1)
    if not len(begin):
        return ()
    first, stop = bounds[begin] + 1, bounds[begin + 1]
    # Between one drawdown and the next there are only peaks, whose depth of 0 is no minimum.
    lowest = np.minimum.reduceat(depth, first)
    found = []
    for row in np.argsort(lowest, kind="stable")[:count]:
        start, end = int(first[row]) - 1, int(stop[row])
        over = end < len(depth)
        last = int(moments[end if over else -1])
        found.append(
            Drawdown(
                depth_pct=-float(lowest[row]),
                start=int(moments[start]),
                valley=int(moments[start + 1 + int(depth[start + 1 : end].argmin())]),
                recovery=last if over else None,
                days=(last - int(moments[start])) / MICROS_PER_DAY,
            )
        )
    return tuple(found)
