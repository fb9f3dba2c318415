"""Every figure of a finished backtest; the definitions are docs/engine.md's.

Only sums, square roots and comparisons of numpy, and one power computed in decimal: the same bits
on every processor.
"""

from decimal import Context, Decimal, DecimalException
from math import isfinite, log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stockbt_domain.bars import Bars
from stockbt_domain.ports.engine import NO_TIME, Outcome
from stockbt_domain.terms import Terms

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Value = float | int | None

PERIODS_PER_YEAR = {"1d": 252.0, "1h": 252.0 * 6.5, "5m": 252.0 * 78}
"""Bars a year by timeframe."""

MICROS_PER_DAY = 86_400_000_000
OF_CLOSED_TRADES = ("win_rate", "profit_factor", "avg_trade_return", "expectancy", "sqn")
CHUNK = 16_384
"""Bars whose drawdown is computed at a time: few enough to stay in the processor's cache."""

MICROS_PER_YEAR = Decimal("365.25") * MICROS_PER_DAY
EXACT = Context(prec=34)
"""Digits enough that rounding to a float is the only rounding."""


def measure(bars: Bars, terms: Terms, outcome: Outcome, *, timeframe: str) -> dict[str, Value]:
    """Return every metric of a run by name; None where a figure is undefined, never NaN or infinity.

    Percentages are in percent, durations in calendar days, amounts in money. `timeframe` is a key of
    PERIODS_PER_YEAR. Raises ValueError for bars without an entry.
    """
    if len(bars) == 0:
        raise ValueError("no bars to measure")
    time = np.asarray(bars.time, dtype=np.int64)
    close = np.asarray(bars.close, dtype=np.float64)
    equity = np.asarray(outcome.equity, dtype=np.float64)
    held = np.count_nonzero(np.asarray(outcome.position) != 0.0)
    final = float(equity[-1])
    growth = cagr(final, terms.initial_capital, int(time[-1] - time[0]))
    with np.errstate(all="ignore"):
        deepest, longest = _drawdown(equity, time)
        metrics: dict[str, Any] = {
            "total_return_pct": (final / terms.initial_capital - 1.0) * 100.0,
            "cagr": growth,
            **_of_returns(equity, PERIODS_PER_YEAR[timeframe]),
            "max_drawdown_pct": deepest,
            "max_drawdown_days": longest,
            "calmar_ratio": growth / deepest if growth is not None and deepest > 0.0 else None,
            "exposure_pct": held / len(bars) * 100.0,
            **_of_trades(outcome),
            "buy_hold_return_pct": (close[-1] / close[0] - 1.0) * 100.0,
            "final_value": final,
            "fees_paid": _total(outcome, "entry_fees") + _total(outcome, "exit_fees"),
        }
    return {name: value if name == "num_trades" else _defined(value) for name, value in metrics.items()}


def cagr(final: float, capital: float, micros: int) -> float | None:
    """Return the yearly compound growth in percent from `capital` to `final`, exactly rounded."""
    if not final > 0.0:
        return None
    years = EXACT.divide(Decimal(micros), MICROS_PER_YEAR)
    try:
        factor = EXACT.exp(EXACT.divide(_exact_log(final, capital), years))
        return float(EXACT.multiply(EXACT.subtract(factor, 1), 100))
    except DecimalException:
        return None


def _exact_log(final: float, capital: float) -> Decimal:
    """Return the natural logarithm of `final` / `capital`.

    The C library's logarithm, whose last bits differ between processors, is a guess. One step of Halley's
    method for e^y = x leaves a twelfth of the cube of its error, which no digit here can show. That takes
    a third of the time of a logarithm in decimal.
    """
    ratio = EXACT.divide(Decimal(final), Decimal(capital))
    guess = Decimal(log(final) - log(capital))
    there = EXACT.exp(guess)
    step = EXACT.divide(EXACT.subtract(ratio, there), EXACT.add(ratio, there))
    return EXACT.add(guess, EXACT.multiply(2, step))


def _of_returns(equity: Floats, periods: float) -> dict[str, Any]:
    """Return the figures of the bars' returns, a year being `periods` bars; not finite where undefined."""
    returns = equity[1:] / equity[:-1]
    returns -= 1.0
    count = len(returns)
    if count < 2:
        return dict.fromkeys(("volatility", "sharpe_ratio", "sortino_ratio"))
    year = sqrt(periods)
    mean, deviation = _mean_and_deviation(returns)
    losses = np.minimum(returns, 0.0, out=returns)
    losses *= losses
    downside = sqrt(np.add.reduce(losses) / count)
    return {
        "volatility": deviation * year * 100.0,
        "sharpe_ratio": mean / deviation * year,
        "sortino_ratio": mean / downside * year,
    }


def _of_trades(outcome: Outcome) -> dict[str, Any]:
    """Return the figures of the closed trades; not finite where undefined."""
    leave = outcome.trades["exit_timestamp"]
    count = len(leave)
    if count and leave[-1] == NO_TIME:
        count -= 1
    if not count:
        return {"num_trades": 0} | dict.fromkeys(OF_CLOSED_TRADES)
    result = np.asarray(outcome.trades["pnl_abs"])[:count]
    wins = result[result > 0.0]
    lost = -np.add.reduce(result[result < 0.0])
    mean, deviation = _mean_and_deviation(result)
    return {
        "num_trades": count,
        "win_rate": len(wins) / count * 100.0,
        "profit_factor": np.add.reduce(wins) / lost,
        "avg_trade_return": np.add.reduce(np.asarray(outcome.trades["pnl_pct"])[:count]) / count,
        "expectancy": mean,
        "sqn": sqrt(count) * mean / deviation,
    }


def _mean_and_deviation(values: Floats) -> tuple[np.float64, float]:
    """Return the mean and the standard deviation of a sample; NaN for what a single value has not.

    They divide as numpy's numbers do: by zero to infinity or NaN.
    """
    count = len(values)
    mean = np.add.reduce(values) / count
    centred = values - mean
    centred *= centred
    return mean, sqrt(np.add.reduce(centred) / (count - 1))


def _total(outcome: Outcome, column: str) -> float:
    """Return the sum of a column over all trades, an open one too."""
    return float(np.add.reduce(np.asarray(outcome.trades[column])))


def _drawdown(equity: Floats, time: Ints) -> tuple[float, float]:
    """Return the deepest fall from a peak in percent, and the longest stretch below one in days.

    A stretch lasts from its peak to the bar that regains it, or to the last bar.
    """
    highest, depths, regained = -np.inf, [], []
    for start in range(0, len(equity), CHUNK):
        part = equity[start : start + CHUNK]
        peak: Any = highest
        if not np.maximum.reduce(part) <= highest:
            peak = np.maximum.accumulate(part)
            np.maximum(peak, highest, out=peak)
            highest = float(peak[-1])
        below = peak - part
        regained.append((below == 0.0).nonzero()[0] + start)
        below /= peak
        depths.append(np.maximum.reduce(below))
    peaks = np.concatenate((*regained, [len(time) - 1]))
    bars_between = peaks[1:] - peaks[:-1]
    bars_between[:-1] -= 1  # two peaks in a row have no bar below them; the last bar may be one itself
    moments = time[peaks]
    stretches = (moments[1:] - moments[:-1])[bars_between > 0]
    longest = float(np.maximum.reduce(stretches)) / MICROS_PER_DAY if len(stretches) else 0.0
    return float(np.maximum.reduce(depths)) * 100.0, longest


def _defined(value: Any) -> float | None:
    """Return `value` as a float, or None where it is not a finite number."""
    return float(value) if value is not None and isfinite(value) else None
