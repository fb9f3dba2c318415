"""What is odd in bars without being wrong: the user should know before trusting a backtest."""

import numpy as np
import numpy.typing as npt
from stockbt_domain.bars import Bars
from stockbt_domain.datasets import Finding
from stockbt_domain.messages import Message

GAP_SESSIONS = 5
JUMP_PERCENT = 50.0
FIRST_LINE = 2
"""The line of a file's first bar, below its header."""


def occurrences(bars: Bars) -> dict[str, npt.NDArray[np.intp]]:
    """Return the bars at which each finding occurs, by its code; codes without any are left out."""
    if not len(bars):
        return {}
    open_, high, low, close, volume = (
        np.asarray(column) for column in (bars.open, bars.high, bars.low, bars.close, bars.volume)
    )
    found = {
        "OPEN_OUTSIDE_RANGE": (open_ > high) | (open_ < low),
        "CLOSE_OUTSIDE_RANGE": (close > high) | (close < low),
        "GAP": missing_sessions(_days(bars)) > GAP_SESSIONS,
        "JUMP": np.abs(percent_changes(close)) > JUMP_PERCENT,
        "ZERO_VOLUME": volume == 0,
    }
    return {code: np.flatnonzero(where) for code, where in found.items() if where.any()}


def findings(bars: Bars) -> tuple[Finding, ...]:
    """Return the findings on `bars`; lines are those of a file that begins with them."""
    days = _days(bars)
    return tuple(
        finding(code, _words(code, bars, int(places[0])), places, days)
        for code, places in occurrences(bars).items()
    )


def _days(bars: Bars) -> npt.NDArray[np.datetime64]:
    return np.asarray(bars.time).astype("M8[us]").astype("M8[D]")


def _words(code: str, bars: Bars, i: int) -> Message:
    """Return what is odd about the bar."""
    if code in ("OPEN_OUTSIDE_RANGE", "CLOSE_OUTSIDE_RANGE"):
        price = bars.open[i] if code == "OPEN_OUTSIDE_RANGE" else bars.close[i]
        low, high = f"{bars.low[i]:.10g}", f"{bars.high[i]:.10g}"
        return Message(code, price=f"{price:.10g}", low=low, high=high)
    days = _days(bars)
    if code == "GAP":
        return Message("GAP", count=int(missing_sessions(days[i - 1 : i + 1])[1]), day=str(days[i - 1]))
    if code == "JUMP":
        change = percent_changes(np.asarray(bars.close)[i - 1 : i + 1])[1]
        return Message("JUMP", percent=f"{np.nan_to_num(change):+.4g}")
    return Message("ZERO_VOLUME")


def finding(
    code: str,
    words: Message,
    places: npt.NDArray[np.intp],
    days: npt.NDArray[np.datetime64],
) -> Finding:
    """Return the finding at `places`, described by its first."""
    first = int(places[0])
    day, more = str(days[first]), len(places) - 1
    message = (
        Message("FINDING.several", day=day, words=words, count=more)
        if more
        else Message("FINDING", day=day, words=words)
    )
    return Finding(code, message, len(places), FIRST_LINE + first, day)


def missing_sessions(days: npt.NDArray[np.datetime64]) -> npt.NDArray[np.int64]:
    """Return how many weekdays without a bar lie before each bar; the first has none.

    A session is a weekday here: holidays are not known, and more than five in a row do not happen.
    """
    # Days that do not follow on the next one are few: counting only those is ten times as fast.
    missing = np.zeros(len(days), dtype=np.int64)
    later = np.flatnonzero(np.diff(days) > np.timedelta64(1, "D")) + 1
    missing[later] = np.busday_count(days[later - 1] + np.timedelta64(1, "D"), days[later])
    return missing


def percent_changes(close: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the percent by which each close differs from the one before; 0 for the first."""
    change = np.zeros(len(close))
    with np.errstate(over="ignore"):
        change[1:] = (close[1:] / close[:-1] - 1) * 100
    return change
