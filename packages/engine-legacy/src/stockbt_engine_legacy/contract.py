"""What the engine takes and gives back, as shapes: it depends on no other package of the platform."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Signs = NDArray[np.int8]
Mask = NDArray[np.bool_]


class UnsupportedTerms(ValueError):
    """The engine has no such rule or trading term."""


class BarColumns(Protocol):
    """One instrument's bars: int64 microseconds and float64 prices, one entry a bar."""

    @property
    def time(self) -> memoryview: ...
    @property
    def open(self) -> memoryview: ...
    @property
    def high(self) -> memoryview: ...
    @property
    def low(self) -> memoryview: ...
    @property
    def close(self) -> memoryview: ...
    @property
    def volume(self) -> memoryview: ...


class TradingTerms(Protocol):
    """A rule with all its parameters, and the terms to trade it on."""

    @property
    def rule_type(self) -> str: ...
    @property
    def params(self) -> Mapping[str, int | float]: ...
    @property
    def initial_capital(self) -> float: ...
    @property
    def fee_rate(self) -> float: ...
    @property
    def slippage_bps(self) -> float: ...
    @property
    def size_type(self) -> str: ...
    @property
    def position_size(self) -> float: ...
    @property
    def direction(self) -> str: ...
    @property
    def execution(self) -> str: ...


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """The outcome of a run: three columns of one entry a bar, the trades, and the reasons log."""

    equity: memoryview
    position: memoryview
    cash: memoryview
    trades: Mapping[str, memoryview]
    orders: Mapping[str, memoryview]
    unfilled: Mapping[str, int]
    ended_at: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The bars as arrays that share the memory they came in."""

    time: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    @classmethod
    def of(cls, bars: BarColumns) -> "Columns":
        def floats(column: memoryview) -> Floats:
            return np.asarray(column, dtype=np.float64)

        return cls(
            np.asarray(bars.time, dtype=np.int64),
            floats(bars.open),
            floats(bars.high),
            floats(bars.low),
            floats(bars.close),
            floats(bars.volume),
        )


def view(array: NDArray[Any], format: str) -> memoryview:
    """Return `array` as a contiguous memoryview of exactly this `format` (numpy's own int64 is "l")."""
    return memoryview(np.ascontiguousarray(array).view(np.dtype(format)))
