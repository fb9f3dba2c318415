"""Sharpe ratio and volatility over a window that moves through the run."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

WINDOW = 126
"""Bars in a window unless told: half a year of days, as QuantStats' tear sheet has it."""


def rolling_figures(
    equity: npt.ArrayLike, *, window: int = WINDOW, periods: float = 252.0
) -> tuple[Floats, Floats]:
    """Return the Sharpe ratio and the volatility (%) of the last `window` returns at each bar.

    They are `sharpe_ratio` and `volatility` of that stretch alone, a year being `periods` bars. NaN
    stands where a figure is undefined: the first `window` bars, a window with a return that has no
    meaning (equity of zero or less), and for the Sharpe ratio one without any variation. Raises
    ValueError for a window below 2.
    """
    if window < 2:
        raise ValueError("the window must be at least 2 bars: one return has no deviation")
    values = np.asarray(equity, dtype=np.float64)
    sharpe, volatility = np.full(len(values), np.nan), np.full(len(values), np.nan)
    if len(values) <= window:
        return sharpe, volatility
    with np.errstate(all="ignore"):
        returns = values[1:] / values[:-1] - 1.0
    unknown = ~((values[1:] > 0.0) & (values[:-1] > 0.0))
    returns[unknown] = 0.0
    # Centred on the whole run's mean first: running sums of large numbers would lose the small ones.
    centre = returns.mean()
    moved = returns - centre
    mean = _moving_sum(moved, window) / window
    spread = _moving_sum(moved * moved, window) - mean * mean * window
    deviation = np.sqrt(np.maximum(spread, 0.0) / (window - 1))
    changes = np.append(0.0, returns[1:] != returns[:-1])
    # A window's first change is one against the return before the window.
    flat = _moving_sum(changes, window) - changes[: len(mean)] == 0.0
    deviation[flat] = 0.0
    known = _moving_sum(unknown.astype(np.float64), window) == 0.0
    year = np.sqrt(periods)
    with np.errstate(all="ignore"):
        ratio = (mean + centre) / deviation * year
    volatility[window:] = np.where(known, deviation * year * 100.0, np.nan)
    sharpe[window:] = np.where(known & (deviation > 0.0), ratio, np.nan)
    return sharpe, volatility


def _moving_sum(values: Floats, window: int) -> Floats:
    total = np.concatenate(([0.0], np.cumsum(values)))
    moved: Floats = total[window:] - total[:-window]
    return moved
