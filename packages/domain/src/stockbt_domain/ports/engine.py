"""The port behind which a backtest is computed."""

from collections.abc import Mapping
from typing import Protocol

from ..bars import Bars
from ..terms import Terms

TRADE_COLUMNS = {
    "trade_no": "q",
    "side": "b",
    "size": "d",
    "entry_timestamp": "q",
    "entry_price": "d",
    "entry_fees": "d",
    "exit_timestamp": "q",
    "exit_price": "d",
    "exit_fees": "d",
    "pnl_abs": "d",
    "pnl_pct": "d",
    "holding_period": "d",
}
"""Columns of the trade list and their `memoryview.format`, in order.

`trade_no` counts from 1; `side` is +1 (BUY, a long) or -1 (SELL, a short); time stamps are
microseconds since the epoch; `holding_period` is in days. An open trade is the last row: its
`exit_timestamp` is NO_TIME, its `exit_price` NaN, its `exit_fees` 0, and its results are marked to
the last close.
"""

ORDER_COLUMNS = {"timestamp": "q", "signal": "b", "reason": "b", "quantity": "d", "price": "d"}
"""Columns of the reasons log and their format: one row for every bar at which the signal changes to
buy (+1) or sell (-1), with what became of it: `reason` indexes ORDER_REASONS. `quantity` is in
shares (negative when sold) and `price` the fill price; both 0 where nothing was done."""

ORDER_REASONS = (
    "opened_long",
    "closed_long",
    "opened_short",
    "closed_short",
    "reversed_to_long",
    "reversed_to_short",
    "already_long",
    "already_short",
    "nothing_to_sell",
    "no_cash_for_one_share",
    "no_bar_left",
    "trading_ended",
)

NO_TIME = -(2**63)


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
