"""How far each trade went against its holder and in favour before it ended.

Maximum adverse and maximum favourable excursion are John Sweeney's ("Maximum Adverse Excursion:
Analyzing Price Fluctuations for Trading Management", Wiley 1997): the worst and the best price
between entry and exit, against the entry price.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from stockbt_domain.bars import Bars
from stockbt_domain.columns import LONG, NO_TIME

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Excursions:
    """One value a trade: `mae` is never positive, `mfe` never negative, in percent and in money."""

    mae_pct: Floats
    mae_abs: Floats
    mfe_pct: Floats
    mfe_abs: Floats


def excursions(trades: Mapping[str, memoryview], bars: Bars, *, execution: str) -> Excursions:
    """Return the excursions of every trade from the `bars` of its run.

    The prices of a trade are its two fill prices and the highs and lows of the bars over which it was
    held whole: filled at the close, the bars after the entry's up to the exit's; filled at the next
    open, the bars from the entry's up to the one before the exit's. An open trade is held to the last
    bar. Percentages are of the entry price, money is that times the size; fees are not in it.
    """
    time = np.asarray(bars.time, dtype=np.int64)
    entry = np.asarray(trades["entry_timestamp"], dtype=np.int64)
    leave = np.asarray(trades["exit_timestamp"], dtype=np.int64)
    price = np.asarray(trades["entry_price"], dtype=np.float64)
    size = np.asarray(trades["size"], dtype=np.float64)
    long = np.asarray(trades["side"]) == LONG
    is_open = leave == NO_TIME
    end_price = np.where(is_open, price, np.asarray(trades["exit_price"], dtype=np.float64))
    at_close = int(execution == "close")
    first = np.searchsorted(time, entry) + at_close
    stop = np.where(is_open, len(time), np.searchsorted(time, leave) + at_close)
    low = np.fmin(_extremes(np.fmin, bars.low, first, stop, np.inf), np.fmin(price, end_price))
    high = np.fmax(_extremes(np.fmax, bars.high, first, stop, -np.inf), np.fmax(price, end_price))
    worst = np.where(long, low - price, price - high)
    best = np.where(long, high - price, price - low)
    return Excursions(worst / price * 100.0, worst * size, best / price * 100.0, best * size)


def _extremes(
    extreme: np.ufunc,
    column: memoryview,
    first: npt.NDArray[np.int64],
    stop: npt.NDArray[np.int64],
    none: float,
) -> Floats:
    """Return the extreme of `column` from `first` to before `stop` for each pair; `none` where empty."""
    if not len(first):
        return np.empty(0)
    # One more value lets a stretch end with the column; every second one is what lies between two.
    values = np.append(np.asarray(column, dtype=np.float64), none)
    pairs = np.column_stack((first, np.maximum(first, stop))).ravel()
    found = extreme.reduceat(values, np.minimum(pairs, len(values) - 1))[::2]
    return np.where(stop > first, found, none)
