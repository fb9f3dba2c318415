"""What is odd in bars without being wrong: the user should know before trusting a backtest."""

import numpy as np
import numpy.typing as npt
from stockbt_domain.bars import Bars
from stockbt_domain.datasets import Finding

GAP_SESSIONS = 5
JUMP_PERCENT = 50.0
FIRST_LINE = 2
"""The line of a file's first bar, below its header."""


def findings(bars: Bars) -> tuple[Finding, ...]:
    """Return the findings on `bars`; lines are those of a file that begins with them."""
    if not len(bars):
        return ()
    open_, high, low, close, volume = (
        np.asarray(column) for column in (bars.open, bars.high, bars.low, bars.close, bars.volume)
    )
    days = np.asarray(bars.time).astype("M8[us]").astype("M8[D]")
    missing = missing_sessions(days)
    change = percent_changes(close)
    opens_outside = np.flatnonzero((open_ > high) | (open_ < low))
    closes_outside = np.flatnonzero((close > high) | (close < low))
    gaps = np.flatnonzero(missing > GAP_SESSIONS)
    jumps = np.flatnonzero(np.abs(change) > JUMP_PERCENT)
    unsold = np.flatnonzero(volume == 0)
    found: list[tuple[str, npt.NDArray[np.intp], str]] = []
    if len(opens_outside):
        i = opens_outside[0]
        words = f"the open {open_[i]:.10g} lies outside low {low[i]:.10g} to high {high[i]:.10g}"
        found.append(("OPEN_OUTSIDE_RANGE", opens_outside, words))
    if len(closes_outside):
        i = closes_outside[0]
        words = f"the close {close[i]:.10g} lies outside low {low[i]:.10g} to high {high[i]:.10g}"
        found.append(("CLOSE_OUTSIDE_RANGE", closes_outside, words))
    if len(gaps):
        i = gaps[0]
        found.append(("GAP", gaps, f"{missing[i]} sessions are missing after {days[i - 1]}"))
    if len(jumps):
        i = jumps[0]
        found.append(("JUMP", jumps, f"the close moves by {change[i]:+.4g} % in one bar: a split?"))
    if len(unsold):
        found.append(("ZERO_VOLUME", unsold, "the volume is zero"))
    return tuple(finding(code, words, places, days) for code, places, words in found)


def finding(
    code: str,
    words: str,
    places: npt.NDArray[np.intp],
    days: npt.NDArray[np.datetime64],
) -> Finding:
    """Return the finding at `places`, described by its first."""
    first = int(places[0])
    more = f", and {len(places) - 1} more like it" if len(places) > 1 else ""
    return Finding(code, f"{days[first]}: {words}{more}", len(places), FIRST_LINE + first, str(days[first]))


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
