"""Which charts there are, for those who only name them: nothing is imported here."""

CHARTS = ("equity", "drawdown", "portfolio", "trade_pnl", "cumulative_return")
FORMATS = ("png", "svg")
