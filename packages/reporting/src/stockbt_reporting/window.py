"""A window of a run's columns, thinned out to what a screen shows, without losing a spike of any."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

FEWEST_POINTS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """Which bars the rows of a thinned window stand for.

    `rows` are the bars whose times the rows carry, increasing. Of `bars` bars from `first` on, `size`
    at a time make two rows; `size` 1 is the window as it is.
    """

    rows: Places
    first: int
    bars: int
    size: int


def axis_of(first: int, stop: int, points: int) -> Axis:
    """Return the axis of the bars from `first` to before `stop` in at most `points` rows.

    The first and the last bar are rows of their own. The bars between are cut into stretches of equally
    many; each gives two rows, at its first and its middle bar, so that rows are spread evenly whatever
    the columns do. Raises ValueError for fewer than 4 points.
    """
    if points < FEWEST_POINTS:
        raise ValueError(f"points must be at least {FEWEST_POINTS}: first, last and two between")
    bars = stop - first
    if bars <= points:
        return Axis(np.arange(first, stop), first, bars, 1)
    inner = bars - 2
    size = -(-inner // ((points - 2) // 2))
    begins = np.arange(first + 1, stop - 1, size)
    middles = np.minimum(begins + size // 2, stop - 2)
    rows = np.unique(np.concatenate(([first], np.column_stack((begins, middles)).ravel(), [stop - 1])))
    return Axis(rows, first, bars, size)


def thinned(column: Floats, axis: Axis) -> Floats:
    """Return a column on the axis: of each stretch its lowest and highest value, in their order in time.

    NaN is left out where a stretch has other values. The first and the last row are the exact bars.
    """
    if axis.size == 1:
        return column[axis.rows]
    inner = column[axis.first + 1 : axis.first + axis.bars - 1]
    full = len(inner) // axis.size * axis.size
    pairs = [_extremes(inner[:full].reshape(-1, axis.size))]
    if full < len(inner):
        pairs.append(_extremes(inner[full:].reshape(1, -1)))
    values = np.concatenate(pairs).ravel()
    # A last stretch of one bar has one row.
    values = values[: len(axis.rows) - 2]
    ends = column[[axis.first, axis.first + axis.bars - 1]]
    return np.concatenate((ends[:1], values, ends[1:]))


def _extremes(stretches: Floats) -> Floats:
    """Return (n, 2): each row's minimum and maximum, whichever comes first in it first."""
    unknown = np.isnan(stretches)
    low = high = stretches
    if unknown.any():
        low, high = np.where(unknown, np.inf, stretches), np.where(unknown, -np.inf, stretches)
    lowest, highest = low.argmin(axis=1), high.argmax(axis=1)
    line = np.arange(len(stretches))
    at = np.column_stack((np.minimum(lowest, highest), np.maximum(lowest, highest)))
    found: Floats = stretches[line[:, None], at]
    return found


def window_of(
    time: Places,
    columns: Mapping[str, Floats],
    *,
    start: float,
    end: float,
    points: int,
    names: Iterable[str],
) -> tuple[Axis, dict[str, Floats]]:
    """Return the axis of the bars from time `start` to `end`, both included, and those columns on it."""
    first, stop = int(np.searchsorted(time, start)), int(np.searchsorted(time, end, side="right"))
    axis = axis_of(first, max(first, stop), points)
    return axis, {name: thinned(columns[name], axis) for name in names}
