"""The same backtest by backtesting.py and by vectorbt, given only bars, TA-Lib's signals and terms."""

import os
import warnings
from dataclasses import dataclass
from importlib import import_module

import numpy as np
import pandas as pd
import pytest

from .market import bars_of, columns_of

PARAMS = {
    "RSI_MACD": {"rsi_oversold": 45},
    "VOLUME_BREAKOUT": {"breakout_multiplier": 1.3},
    "ATR_VOLATILITY": {"low_threshold": 0.01, "high_threshold": 0.02},
}
"""Parameters of the rules whose defaults hardly trade an index."""


@dataclass
class PeerOutcome:
    """What a peer says: equity (n,) and, of each closed trade, its shares (signed) and result."""

    equity: np.ndarray
    sizes: np.ndarray
    results: np.ndarray
    stats: pd.Series
    comparable: np.ndarray
    """Bars on which the peer's equity has the same meaning as ours."""


def peer(name):
    """Return the peer's module; without it skip on a laptop, fail where CI promises it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if os.environ.get("CI"):
            return import_module(name)
        return pytest.importorskip(name, reason=f"{name} is not installed; CI has it")


def real_bars(name):
    """Return the index as the `arch` package ships it: 1999 to 2018, 5,031 days."""
    frame = import_module(f"arch.data.{name}").load()
    time = frame.index.to_numpy().astype("datetime64[us]").astype(np.int64)
    columns = (frame[column].to_numpy() for column in ("Open", "High", "Low", "Volume"))
    open, high, low, volume = columns
    return bars_of(frame["Close"].to_numpy(), open=open, high=high, low=low, volume=volume, time=time)


def frame_of(bars, extra=0):
    """Return bars as a data frame, the last one repeated `extra` times."""
    column = columns_of(bars)
    time = pd.to_datetime(column.pop("time"), unit="us")
    frame = pd.DataFrame(column, index=time).rename(columns=str.title)
    if extra:
        last = frame.iloc[[-1]].set_axis(frame.index[-1:] + pd.Timedelta(days=1))
        frame = pd.concat([frame, last])
    return frame


def by_backtesting(bars, signals, terms):
    """Return backtesting.py's outcome. It sizes, fills and charges by itself; slippage on entries only."""
    backtesting = peer("backtesting")
    at_close = terms.execution == "close"
    count = len(signals)
    shorts = terms.direction == "longshort"
    share = min(terms.position_size / 100.0, 1.0 - 2.0**-53)

    class Levels(backtesting.Strategy):
        def init(self):
            pass

        def next(self):
            bar = len(self.data) - 1
            wanted = signals[bar] if bar < count else 0
            held = self.position.size
            if wanted > 0 and held <= 0:
                self.buy(size=share)
            elif wanted < 0 and shorts and held >= 0:
                self.sell(size=share)
            elif wanted < 0 and held > 0:
                self.position.close()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # An order of the last bar fills at its close only when there is a bar after it.
        stats = backtesting.Backtest(
            frame_of(bars, extra=int(at_close)),
            Levels,
            cash=terms.initial_capital,
            commission=terms.fee_rate,
            spread=terms.slippage_bps / 10_000,
            trade_on_close=at_close,
            exclusive_orders=True,
        ).run()
    trades = stats["_trades"]
    # It charges a fill at the close on the bar after: that bar's equity is the fees' too high.
    comparable = np.ones(count, dtype=bool)
    if at_close and terms.fee_rate:
        fills = {*trades["EntryBar"], *trades["ExitBar"], *(t.entry_bar for t in stats._strategy.trades)}
        comparable[[bar for bar in fills if bar < count]] = False
    return PeerOutcome(
        stats["_equity_curve"]["Equity"].to_numpy()[:count],
        trades["Size"].to_numpy(),
        trades["PnL"].to_numpy(),
        stats,
        comparable,
    )


def by_vectorbt(bars, signals, terms, position):
    """Return vectorbt's outcome: its own sizes for long only; for shorts, whose sizes it limits
    differently, the same shares."""
    vectorbt = peer("vectorbt")
    frame = frame_of(bars)
    late = int(terms.execution == "next_open")
    levels = np.concatenate((np.zeros(late, dtype=int), signals[: len(signals) - late]))
    terms_of_vectorbt = {
        "price": frame["Open" if late else "Close"],
        "fees": terms.fee_rate,
        "slippage": terms.slippage_bps / 10_000,
        "init_cash": terms.initial_capital,
        "freq": "1D",
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if terms.direction == "longonly":
            portfolio = vectorbt.Portfolio.from_signals(
                frame["Close"], levels > 0, levels < 0, size_granularity=1.0, **terms_of_vectorbt
            )
        else:
            shares = np.diff(position, prepend=0.0)
            portfolio = vectorbt.Portfolio.from_orders(frame["Close"], size=shares, **terms_of_vectorbt)
        records = portfolio.trades.closed.records
        stats = portfolio.stats(settings={"incl_open": False})
        stats["Sharpe Ratio"] = portfolio.returns_acc.sharpe_ratio(risk_free=0.0)
        stats["SQN"] = portfolio.trades.closed.sqn()
        stats["Position Coverage [%]"] = portfolio.position_coverage() * 100
    sides = np.where(records["direction"] == 0, 1, -1)
    return PeerOutcome(
        portfolio.value().to_numpy(),
        sides * records["size"].to_numpy(),
        records["pnl"].to_numpy(),
        stats,
        np.ones(len(signals), dtype=bool),
    )


def differences(outcome, other):
    """Return the largest relative differences: of the equity curve, the last equity, the results.

    Infinity where there is another number of trades, or of shares in one.
    """
    equity, results = np.asarray(outcome.equity), np.asarray(outcome.trades["pnl_abs"])
    signed = np.asarray(outcome.trades["size"]) * np.asarray(outcome.trades["side"])
    closed = ~np.isnan(np.asarray(outcome.trades["exit_price"]))
    curve = np.abs(equity / other.equity - 1.0)[other.comparable].max()
    last = abs(equity[-1] / other.equity[-1] - 1.0) if other.comparable[-1] else 0.0
    if not np.array_equal(signed[closed], np.round(other.sizes, 6)):
        return curve, last, np.inf
    apart = np.abs(results[closed] - other.results) / np.maximum(np.abs(other.results), equity.min() * 1e-3)
    return curve, last, apart.max(initial=0.0)
