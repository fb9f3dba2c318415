"""What became of a signal: a sentence for each of ORDER_REASONS."""

REASONS = {
    "opened_long": "Bought: a long position was opened.",
    "closed_long": "Sold: the long position was closed.",
    "opened_short": "Sold short: a short position was opened.",
    "closed_short": "Bought back: the short position was closed.",
    "reversed_to_long": "Bought back and bought: the short position became a long one.",
    "reversed_to_short": "Sold and sold short: the long position became a short one.",
    "already_long": "Nothing done: the position was long already, and there is no pyramiding.",
    "already_short": "Nothing done: the position was short already, and there is no pyramiding.",
    "nothing_to_sell": "Nothing done: there was nothing to sell, and the direction is long only.",
    "no_cash_for_one_share": "Nothing done: the budget does not pay one share.",
    "no_bar_left": "Nothing done: the signal came on the last bar, and there is no next open.",
    "trading_ended": "Nothing done: the equity was gone and trading had ended.",
}
