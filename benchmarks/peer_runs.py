"""The two rules of the speed tables by backtesting.py and by vectorbt, each with its full statistics."""

from collections.abc import Callable

import numpy as np
from stockbt_domain.bars import Bars

from tests.engine_legacy.market import columns_of

CAPITAL, FEE = 1e6, 1e-5


def vectorbt_runs(bars: Bars, rule: str) -> dict[str, Callable[[], object]]:
    """Return vectorbt's run of the rule by its usual way and by its compiled core; none without vectorbt.

    The usual way has vectorbt's own indicators, the core the fastest there are: its compiled mean, and
    TA-Lib's RSI and MACD.
    """
    try:
        import vectorbt
        from vectorbt.portfolio import nb
        from vectorbt.portfolio.enums import Direction
    except ImportError:
        return {}
    import pandas as pd

    index = pd.to_datetime(np.asarray(bars.time), unit="us")
    close = pd.Series(columns_of(bars)["close"], index=index)

    def usual() -> object:
        entries, exits = _usual_signals(vectorbt, rule, close)
        portfolio = vectorbt.Portfolio.from_signals(
            close, entries, exits, size_granularity=1.0, init_cash=CAPITAL, fees=FEE, freq="5min"
        )
        return portfolio.stats()

    def core() -> object:
        column = close.to_numpy()[:, None]
        entries, exits = _core_signals(vectorbt, rule, column)
        orders, logs = nb.simulate_from_signals_nb(
            target_shape=column.shape,
            group_lens=np.array([1]),
            init_cash=np.array([CAPITAL]),
            call_seq=np.zeros(column.shape, dtype=np.int64),
            entries=entries,
            exits=exits,
            direction=np.asarray(Direction.LongOnly),
            fees=np.asarray(FEE),
            size_granularity=np.asarray(1.0),
            close=column,
            price=column,
            use_stops=False,
        )
        wrapper = vectorbt.ArrayWrapper(index=index, columns=["close"], ndim=1, freq="5min")
        portfolio = vectorbt.Portfolio(wrapper, close, orders, logs, CAPITAL, False, call_seq=None)
        return portfolio.stats()

    return {"vectorbt": usual, "vectorbt's core": core}


def _usual_signals(vectorbt, rule, close):
    if rule == "MOVING_AVERAGE_CROSS":
        fast, slow = (vectorbt.MA.run(close, n).ma.to_numpy().ravel() for n in (20, 50))
        return fast > slow, fast < slow
    strength = vectorbt.RSI.run(close, 14, ewm=True).rsi.to_numpy().ravel()
    both = vectorbt.MACD.run(close, 12, 26, 9, macd_ewm=True, signal_ewm=True)
    line, smooth = both.macd.to_numpy().ravel(), both.signal.to_numpy().ravel()
    return (strength < 30.0) & (line > smooth), (strength > 70.0) | (line < smooth)


def _core_signals(vectorbt, rule, column):
    import talib

    if rule == "MOVING_AVERAGE_CROSS":
        fast, slow = (vectorbt.generic.nb.rolling_mean_nb(column, n) for n in (20, 50))
        return fast > slow, fast < slow
    strength = talib.RSI(column[:, 0], 14)[:, None]
    line, smooth, _ = (found[:, None] for found in talib.MACD(column[:, 0], 12, 26, 9))
    return (strength < 30.0) & (line > smooth), (strength > 70.0) | (line < smooth)


def backtesting_run(bars: Bars, rule: str) -> Callable[[], object] | None:
    """Return backtesting.py's run of the rule with its statistics; None without backtesting.py."""
    try:
        import backtesting
    except ImportError:
        return None
    import pandas as pd
    import talib

    column = columns_of(bars)
    index = pd.to_datetime(column.pop("time"), unit="us")
    frame = pd.DataFrame(column, index=index).rename(columns=str.title)

    class Cross(backtesting.Strategy):  # type: ignore[misc]
        def init(self) -> None:
            self.fast = self.I(talib.SMA, self.data.Close, 20)
            self.slow = self.I(talib.SMA, self.data.Close, 50)

        def next(self) -> None:
            if self.fast[-1] > self.slow[-1] and not self.position:
                self.buy()
            elif self.fast[-1] < self.slow[-1] and self.position:
                self.position.close()

    class Both(backtesting.Strategy):  # type: ignore[misc]
        def init(self) -> None:
            self.strength = self.I(talib.RSI, self.data.Close, 14)
            self.line, self.smooth, _ = self.I(talib.MACD, self.data.Close, 12, 26, 9)

        def next(self) -> None:
            strength, apart = self.strength[-1], self.line[-1] - self.smooth[-1]
            if strength < 30.0 and apart > 0.0 and not self.position:
                self.buy()
            elif (strength > 70.0 or apart < 0.0) and self.position:
                self.position.close()

    strategy = Cross if rule == "MOVING_AVERAGE_CROSS" else Both
    return lambda: backtesting.Backtest(
        frame, strategy, cash=CAPITAL, commission=FEE, trade_on_close=True, exclusive_orders=True
    ).run()
