"""The limitations of a result, by the code of the caveat."""

CAVEATS = {
    "EXECUTION_AT_SIGNAL_CLOSE": (
        "Trades are filled at the close of the bar that signals them, which nobody can do exactly."
    ),
    "EXECUTION_AT_SIGNAL_CLOSE.measured": (
        "Trades are filled at the close of the bar that signals them, which nobody can do exactly. Filled at "
        "the next open, the total return is %(there)s %% instead of %(here)s %%."
    ),
    "TRADING_ENDED": (
        "The equity of a short position was gone: it was bought back at that close, %(left)s is left, and "
        "trading ended %(bars)s bars before the end."
    ),
    "FEW_TRADES": ("%(count)s closed trades are too few to tell skill from luck; %(enough)s are a minimum."),
    "ONE_TRADE_DOMINATES": "%(share)s of the profit comes from one trade.",
    "OPEN_POSITION": "A position is open at the end, marked to the last close: %(profit)s.",
    "NO_COSTS": "Fees and slippage are 0: a real account would earn less.",
    "DATA": "In the data of this run: %(finding)s",
    "UNFILLED_NO_CASH_FOR_ONE_SHARE": (
        "%(n)s bars signalled a trade for which the budget does not pay one share."
    ),
    "UNFILLED_ALREADY_LONG": "%(n)s bars signalled to buy while the position was long already.",
    "UNFILLED_ALREADY_SHORT": "%(n)s bars signalled to sell while the position was short already.",
    "UNFILLED_NOTHING_TO_SELL": "%(n)s bars signalled to sell while there was nothing to sell.",
    "UNFILLED_NO_BAR_LEFT": "%(n)s signal on the last bar had no next bar to be filled at.",
    "UNFILLED_TRADING_ENDED": "%(n)s bars signalled after trading had ended.",
}
