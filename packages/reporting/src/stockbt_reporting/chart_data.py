"""The curves of a run as the page draws them: a window of bars, thinned out to what a screen shows."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from .curves import cumulative_return, decimate, drawdown

_SECOND = 1_000_000


class RunResult(Protocol):
    """What is read of a result."""

    @property
    def equity_curve(self) -> Mapping[str, memoryview]:
        """`time` in microseconds since the epoch, and `equity` in money."""

    @property
    def series(self) -> Mapping[str, memoryview]:
        """`close`, `position` in shares and `cash` in money."""


def chart_columns(result: RunResult, capital: float, *, points: int, start: int, end: int) -> dict[str, Any]:
    """Return the curves between `start` and `end` (seconds since the epoch) in about `points` bars.

    `time` is in seconds, `drawdown` and `cumulative_return` in percent, `buy_hold` is the capital put
    into the instrument at the first close of the whole run. `bars` counts the window, `shown` the rows.
    """
    time = np.asarray(result.equity_curve["time"]) // _SECOND
    equity = np.asarray(result.equity_curve["equity"])
    close = np.asarray(result.series["close"])
    first, stop = np.searchsorted(time, [start, end + 1])
    rows = first + decimate(time[first:stop], [equity[first:stop]], points)
    columns = {
        "time": time,
        "equity": equity,
        "drawdown": drawdown(equity),
        "close": close,
        "position": np.asarray(result.series["position"]),
        "cash": np.asarray(result.series["cash"]),
        "buy_hold": capital * close / close[0],
        "cumulative_return": cumulative_return(equity, capital),
    }
    shown = {name: column[rows].tolist() for name, column in columns.items()}
    return {**shown, "bars": int(stop - first), "shown": len(rows)}
