"""Bars and terms for the engine's tests."""

from array import array
from datetime import date

import numpy as np
from stockbt_domain.bars import Bars, day_start
from stockbt_domain.rules import RULES_BY_NAME
from stockbt_domain.terms import Terms

DAY = 86_400_000_000
START = day_start(date(2000, 1, 3))


def bars_of(close, *, open=None, high=None, low=None, volume=None, time=None, step=DAY) -> Bars:
    """Return bars with these closes; what is not given is plausible and depends on the closes alone."""
    close = np.asarray(close, dtype=np.float64)
    before = np.concatenate((close[:1], close[:-1]))
    open = before if open is None else np.asarray(open, dtype=np.float64)
    high = np.maximum(open, close) * 1.004 if high is None else np.asarray(high, dtype=np.float64)
    low = np.minimum(open, close) * 0.997 if low is None else np.asarray(low, dtype=np.float64)
    if volume is None:
        volume = np.round(1e6 * (1.0 + 40.0 * np.abs(close / before - 1.0)))
    volume = np.asarray(volume, dtype=np.float64)
    time = START + step * np.arange(len(close)) if time is None else time
    columns = (memoryview(array("d", column.tobytes())) for column in (open, high, low, close, volume))
    return Bars(memoryview(array("q", np.asarray(time, dtype=np.int64).tobytes())), *columns)


def random_bars(bars: int, seed: int = 1, *, drift: float = 0.0002, noise: float = 0.02, **kwargs) -> Bars:
    """Return a random walk of prices in cents, calm and wild in turns, with opens that gap."""
    rng = np.random.default_rng(seed)
    noise = noise * (0.3 + 1.4 * np.abs((np.arange(bars) % 300) / 150.0 - 1.0))
    close = np.round(100.0 * np.cumprod(1.0 + rng.normal(drift, noise, bars)), 2) + 1.0
    open = np.concatenate((close[:1], close[:-1])) * (1.0 + rng.normal(0.0, noise / 4, bars))
    spread = 1.0 + np.abs(rng.normal(0.0, noise / 2, (2, bars)))
    volume = np.round(1e6 * (1.0 + rng.exponential(1.0, bars)))
    return bars_of(
        close,
        open=open,
        high=np.maximum(open, close) * spread[0],
        low=np.minimum(open, close) / spread[1],
        volume=volume,
        **kwargs,
    )


def terms_of(rule_type: str = "MOVING_AVERAGE_CROSS", params=None, **changes) -> Terms:
    """Return complete terms of a rule: all in, long only, at the close and free, unless said."""
    terms = {
        "initial_capital": 10_000.0,
        "fee_rate": 0.0,
        "slippage_bps": 0.0,
        "size_type": "percent",
        "position_size": 100.0,
        "direction": "longonly",
        "execution": "close",
    }
    rule = RULES_BY_NAME[rule_type]
    return Terms(rule_type=rule.name, params=rule.complete(params or {}), **(terms | changes))


def columns_of(bars: Bars) -> dict[str, np.ndarray]:
    """Return the bars' columns as arrays by name."""
    return {name: np.asarray(getattr(bars, name)) for name in Bars.__dataclass_fields__}


def outcome_bytes(outcome) -> bytes:
    """Return everything an outcome says as bytes: equal bytes, equal outcomes."""
    columns = [outcome.equity, outcome.position, outcome.cash]
    columns += [*outcome.trades.values(), *outcome.orders.values()]
    rest = repr((sorted(outcome.unfilled.items()), outcome.ended_at)).encode()
    return b"".join([*(column.tobytes() for column in columns), rest])
