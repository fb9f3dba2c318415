"""The columns of a result's tables, their formats, and the words in them."""

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

`trade_no` counts from 1; `side` is LONG or SHORT; time stamps are
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

LONG, SHORT = 1, -1
"""What a trade holds: shares, or a debt of shares."""

BUY, SELL = "BUY", "SELL"
"""The public words for a signal and for the order that opened a trade: a long is bought, a short sold."""


def public_side(sign: int) -> str:
    """Return BUY for a long or a signal to buy (+1), SELL for a short or a signal to sell (-1)."""
    return BUY if sign > 0 else SELL
