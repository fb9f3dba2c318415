"""The curves of a run as charts draw them: one time axis, a window of it, thinned out for a screen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from .curves import cumulative_return, drawdown
from .rolling import rolling_figures
from .window import window_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_SECOND = 1_000_000

COLUMNS = (
    "close",
    "equity",
    "buy_hold",
    "drawdown",
    "position",
    "cash",
    "exposure",
    "cumulative_return",
)
"""What a window has beside its time unless told.

`equity`, `buy_hold` (the capital put into the instrument at the first close) and `cash` are money,
`position` is in shares; `drawdown`, `exposure` (the position's value in the equity, negative when short)
and `cumulative_return` are in percent.
"""
ROLLING_COLUMNS = ("rolling_sharpe", "rolling_volatility")
"""What it has too where it is asked for; see `rolling_figures`."""

_SOURCE = {"buy_hold": "close", "cumulative_return": "equity"}
"""Columns that rise with another one: computed from it after thinning."""


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """The columns of a whole run, one value a bar; `time` is in seconds since the epoch."""

    time: Ints
    columns: Mapping[str, Floats]
    capital: float

    @property
    def nbytes(self) -> int:
        """Return the memory that the columns take."""
        return self.time.nbytes + sum(column.nbytes for column in self.columns.values())

    def rolling(self, window: int, periods: float) -> dict[str, Floats]:
        """Return ROLLING_COLUMNS over `window` bars, a year being `periods` bars."""
        figures = rolling_figures(self.columns["equity"], window=window, periods=periods)
        return dict(zip(ROLLING_COLUMNS, figures, strict=True))

    def with_columns(self, more: Mapping[str, Floats]) -> "Curves":
        """Return these curves with more columns of as many values."""
        return replace(self, columns={**self.columns, **more})


@dataclass(frozen=True, slots=True, eq=False)
class ChartWindow:
    """`columns` of the rows shown, `time` first, for `bars` bars; `thinned` tells what a row says."""

    columns: Mapping[str, Floats]
    bars: int

    @property
    def shown(self) -> int:
        """Return the number of rows."""
        return len(self.columns["time"])


def curves_of(
    equity_curve: Mapping[str, memoryview], series: Mapping[str, memoryview], capital: float
) -> Curves:
    """Return the curves of a result's tables `equity_curve` and `series`."""
    equity = np.asarray(equity_curve["equity"])
    close, position = np.asarray(series["close"]), np.asarray(series["position"])
    with np.errstate(all="ignore"):
        exposure = position * close / equity * 100.0
    exposure[~(equity > 0.0)] = np.nan
    columns = {
        "close": close,
        "equity": equity,
        "drawdown": drawdown(equity),
        "position": position,
        "cash": np.asarray(series["cash"]),
        "exposure": exposure,
    }
    return Curves(np.asarray(equity_curve["time"]) // _SECOND, columns, capital)


def chart_window(
    curves: Curves, *, start: float, end: float, points: int, names: Iterable[str] = COLUMNS
) -> ChartWindow:
    """Return the window between `start` and `end` (seconds since the epoch) in at most `points` rows.

    Raises ValueError for fewer than 4 points, KeyError for a column that there is not.
    """
    wanted = tuple(names)
    sources = {_SOURCE.get(name, name) for name in wanted}
    axis, found = window_of(curves.time, curves.columns, start=start, end=end, points=points, names=sources)
    columns = {"time": curves.time[axis.rows].astype(np.float64)}
    for name in wanted:
        values = found[_SOURCE.get(name, name)]
        if name == "buy_hold":
            values = curves.capital * values / curves.columns["close"][0]
        elif name == "cumulative_return":
            values = cumulative_return(values, curves.capital)
        columns[name] = values
    return ChartWindow(columns, axis.bars)
