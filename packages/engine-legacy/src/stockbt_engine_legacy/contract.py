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
    def time(self) -> memoryview:
        """Microseconds since the epoch in UTC, strictly increasing."""

    @property
    def open(self) -> memoryview:
        """First price of each bar."""

    @property
    def high(self) -> memoryview:
        """Highest price."""

    @property
    def low(self) -> memoryview:
        """Lowest price."""

    @property
    def close(self) -> memoryview:
        """Last price, positive."""

    @property
    def volume(self) -> memoryview:
        """Traded volume."""


class TradingTerms(Protocol):
    """A rule with all its parameters, and the terms to trade it on."""

    @property
    def rule_type(self) -> str:
        """Name of a rule."""

    @property
    def params(self) -> Mapping[str, int | float]:
        """Every parameter of the rule."""

    @property
    def initial_capital(self) -> float:
        """Money at the start."""

    @property
    def fee_rate(self) -> float:
        """Fraction of traded value, each side."""

    @property
    def slippage_bps(self) -> float:
        """Basis points of the price, each side."""

    @property
    def size_type(self) -> str:
        """Either "percent" of cash or "value" in money."""

    @property
    def position_size(self) -> float:
        """How much of it an order may spend."""

    @property
    def direction(self) -> str:
        """Either "longonly" or "longshort"."""

    @property
    def execution(self) -> str:
        """Either "close" or "next_open"."""


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
        """Return `bars` as arrays."""

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


TYPES = {format: np.dtype(format) for format in ("q", "b", "d")}


def view(array: NDArray[Any], format: str) -> memoryview:
    """Return `array` as a contiguous memoryview of exactly this `format` (numpy's own int64 is "l")."""
    array = np.ascontiguousarray(array)
    return (array if array.dtype.char == format else array.view(TYPES[format])).data
