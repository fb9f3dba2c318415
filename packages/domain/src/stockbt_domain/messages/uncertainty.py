"""How sure a result is, or why nothing is said about it."""

UNCERTAINTY = {
    "BOOTSTRAP": (
        "Stationary bootstrap, %(resamples)s resamples of the run's returns in blocks of %(block)s on "
        "average: %(level)s of them lie within the interval."
    ),
    "BOOTSTRAP.longer_returns": (
        "Stationary bootstrap, %(resamples)s resamples of the run's returns in blocks of %(block)s on "
        "average: %(level)s of them lie within the interval. As there are more than %(most)s bars, %(each)s "
        "bars at a time were taken as one return, so that the Sharpe ratio here is that of these "
        "longer returns."
    ),
    "FEW_DECISIONS": (
        "The run closed only %(trades)s trades: the intervals know the scatter of its bars, not how few "
        "decisions stand behind them."
    ),
    "NO_INTERVALS.trades": (
        "The run closed %(trades)s: with fewer than %(fewest)s there is nothing to be said about how much of "
        "its result is luck."
    ),
    "NO_INTERVALS.bars": (
        "The run has %(bars)s bars: with fewer than %(fewest)s there is nothing to be said about how much of "
        "its result is luck."
    ),
    "NO_INTERVALS.equity": (
        "The equity was zero or less at a bar: its returns have no meaning from there on."
    ),
}

PARTS_OF_UNCERTAINTY = {
    "NO_INTERVALS.no_trade": "no trade",
    "NO_INTERVALS.one_trade": "1 trade",
    "NO_INTERVALS.few_trades": "only %(count)s trades",
}
