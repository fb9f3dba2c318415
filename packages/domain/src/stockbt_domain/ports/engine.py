"""The port behind which a backtest is computed."""

from collections.abc import Mapping
from typing import Protocol

from ..bars import Bars
from ..columns import NO_TIME as NO_TIME  # metrics imports it from here, and its source is in every digest
from ..terms import Terms


class Outcome(Protocol):
    """What an engine gives back for n bars."""

    @property
    def equity(self) -> memoryview:
        """float64 (n,): cash plus position at each bar's close, in money."""

    @property
    def position(self) -> memoryview:
        """float64 (n,): shares held at each bar's close, negative when short."""

    @property
    def cash(self) -> memoryview:
        """float64 (n,): cash at each bar's close, in money."""

    @property
    def trades(self) -> Mapping[str, memoryview]:
        """TRADE_COLUMNS, one row a round trip in order of entry."""

    @property
    def orders(self) -> Mapping[str, memoryview]:
        """ORDER_COLUMNS, one row a signal change, in order."""

    @property
    def unfilled(self) -> Mapping[str, int]:
        """How many bars signalled without a fill, by ORDER_REASONS name; absent where none."""

    @property
    def ended_at(self) -> int | None:
        """Bar at whose close the equity of a short was gone and trading ended, else None."""


class Engine(Protocol):
    """Computes a backtest. Deterministic: no clock, no randomness, no I/O."""

    @property
    def name(self) -> str:
        """Name of the entry point in `stockbt.engines`."""

    def signals(self, bars: Bars, rule_type: str, params: Mapping[str, int | float]) -> memoryview:
        """Return int8 (n,): +1 buy, -1 sell, 0 nothing, from data up to and including each bar."""

    def run(self, bars: Bars, terms: Terms) -> Outcome:
        """Return the outcome of `terms` on `bars`. Raises ValueError for a rule or term that this
        engine does not have; bars and terms are otherwise validated before."""
