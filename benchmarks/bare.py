"""Two rules in bare numpy: the same fills, trade list and figures as the engine's, without its layers.

What a good analyst writes for one question and one set of terms: long only, all in, whole shares, a fee,
at the close. No checks, no other terms, no reasons log, no care for the last bit; the benchmark holds every
figure and every trade to nine digits of the engine's, and times both.
"""

from math import sqrt

import numpy as np

NOISE = 1e-9
DAY = 86_400_000_000


def moving_average_cross(close, fast=20, slow=50):
    """Return where the fast mean is above the slow one, and where below, from cumulative sums."""
    total = np.cumsum(close)
    total = np.concatenate(([0.0], total))
    quick = (total[slow:] - total[slow - fast : -fast]) / fast
    usual = (total[slow:] - total[:-slow]) / slow
    apart = quick - usual
    noise = NOISE * usual
    signal = np.zeros(len(close), dtype=np.int8)
    signal[slow - 1 :] = (apart > noise).view(np.int8) - (apart < -noise).view(np.int8)
    return signal


def rsi_macd(close, smooth=None, period=14, oversold=30.0, overbought=70.0, fast=12, slow=26, signal=9):
    """Return where RSI and MACD say buy, and where one says sell. `smooth` is `loop` unless given."""
    smooth = smooth or loop
    change = np.diff(close)
    gain = smooth(np.maximum(change, 0.0), period, 1.0 / period)
    loss = smooth(np.maximum(-change, 0.0), period, 1.0 / period)
    with np.errstate(invalid="ignore"):
        strength = 100.0 * gain / (gain + loss)
    quick = smooth(close[slow - fast :], fast, 2.0 / (fast + 1.0))
    gap = quick - smooth(close, slow, 2.0 / (slow + 1.0))
    apart = gap[signal - 1 :] - smooth(gap, signal, 2.0 / (signal + 1.0))
    start = slow + signal - 2
    first = max(period, start)
    strength, apart = strength[first - period :], apart[first - start :]
    noise = NOISE * close[first:]
    buy = (strength < oversold - NOISE) & (apart > noise)
    sell = (strength > overbought + NOISE) | (apart < -noise)
    signals = np.zeros(len(close), dtype=np.int8)
    signals[first:] = buy.view(np.int8) - sell.view(np.int8)
    return signals


def loop(values, period, alpha):
    """Return the exponential average, from the mean of the first `period` values on."""
    average = float(values[:period].mean())
    rest = values[period:].tolist()
    return np.array([average, *[average := (value - average) * alpha + average for value in rest]])


def lfilter(values, period, alpha):
    """Return the same by scipy: no longer bare numpy, but what one without fear of last bits would take."""
    from scipy.signal import lfilter

    seed = values[:period].mean()
    rest, _ = lfilter([alpha], [1.0, alpha - 1.0], values[period:], zi=[(1.0 - alpha) * seed])
    return np.concatenate(([seed], rest))


def sketch(signal, close):
    """Return what a notebook stops at: fractions of shares, no costs, no trades, three figures."""
    latest = np.maximum.accumulate(np.where(signal != 0, np.arange(len(signal)), 0))
    held = signal[latest] > 0
    returns = np.diff(close) / close[:-1] * held[:-1]
    equity = np.cumprod(1.0 + returns)
    drawdown = equity / np.maximum.accumulate(equity) - 1.0
    return equity[-1], drawdown.min(), returns.mean() / returns.std()


def backtest(signal, time, close, capital, fee, periods):
    """Return the equity curve, the trade list and the figures of a signal, bought and sold at the close."""
    asked = np.flatnonzero(signal)
    side = signal[asked]
    turn = np.concatenate(([True], side[1:] != side[:-1]))
    bars = asked[turn][int(side[0] < 0) :] if len(asked) else asked
    prices = close[bars]
    cash, shares = capital, 0
    sizes, money = [], []
    for number, price in enumerate(prices.tolist()):
        if number % 2 == 0:
            shares = int(cash / (price * (1.0 + fee)))
            cash -= shares * price * (1.0 + fee)
            sizes.append(shares)
        else:
            cash += shares * price * (1.0 - fee)
        money.append(cash)

    size = np.array(sizes, dtype=float)
    held = np.zeros(len(bars))
    held[::2] = size
    lengths = np.diff(np.concatenate(([0], bars, [len(close)])))
    position = np.repeat(np.concatenate(([0.0], held)), lengths)
    equity = position * close + np.repeat(np.concatenate(([capital], money)), lengths)

    is_open = len(bars) % 2 == 1
    leave = np.append(bars[1::2], len(close) - 1) if is_open else bars[1::2]
    enter = bars[::2]
    entry_price, exit_price = close[enter], close[leave]
    entry_fees, exit_fees = entry_price * size * fee, exit_price * size * fee
    if is_open:
        exit_fees[-1] = 0.0
    pnl = (exit_price - entry_price) * size - entry_fees - exit_fees
    percent = pnl / (entry_price * size) * 100.0
    trades = {
        "trade_no": np.arange(1, len(size) + 1),
        "side": np.ones(len(size), dtype=np.int8),
        "size": size,
        "entry_timestamp": time[enter],
        "entry_price": entry_price,
        "entry_fees": entry_fees,
        "exit_timestamp": time[leave],
        "exit_price": exit_price,
        "exit_fees": exit_fees,
        "pnl_abs": pnl,
        "pnl_pct": percent,
        "holding_period": (time[leave] - time[enter]) / DAY,
    }
    closed = len(bars) // 2
    return equity, trades, figures(equity, position, time, close, capital, periods, trades, closed)


def figures(equity, position, time, close, capital, periods, trades, closed):
    """Return every figure of the run; None where there is none."""
    returns = equity[1:] / equity[:-1] - 1.0
    mean, deviation = returns.mean(), returns.std(ddof=1)
    downside = sqrt((np.minimum(returns, 0.0) ** 2).mean())
    year = sqrt(periods)
    peak = np.maximum.accumulate(equity)
    deepest = ((peak - equity) / peak).max() * 100.0
    tops = np.append(np.flatnonzero(equity == peak), len(equity) - 1)
    between = np.diff(tops)
    between[:-1] -= 1
    below = np.diff(time[tops])[between > 0]
    days = (time[-1] - time[0]) / DAY
    growth = ((equity[-1] / capital) ** (365.25 / days) - 1.0) * 100.0
    pnl, percent = trades["pnl_abs"][:closed], trades["pnl_pct"][:closed]
    won, lost = pnl[pnl > 0.0], pnl[pnl < 0.0]
    lost_money = -lost.sum()
    return {
        "total_return_pct": (equity[-1] / capital - 1.0) * 100.0,
        "cagr": growth,
        "volatility": deviation * year * 100.0,
        "sharpe_ratio": mean / deviation * year if deviation else None,
        "sortino_ratio": mean / downside * year if downside else None,
        "max_drawdown_pct": deepest,
        "max_drawdown_days": below.max() / DAY if len(below) else 0.0,
        "calmar_ratio": growth / deepest if deepest else None,
        "exposure_pct": (position != 0.0).mean() * 100.0,
        "num_trades": closed,
        "win_rate": len(won) / closed * 100.0 if closed else None,
        "profit_factor": won.sum() / lost_money if lost_money else None,
        "avg_trade_return": percent.mean() if closed else None,
        "expectancy": pnl.mean() if closed else None,
        "sqn": sqrt(closed) * pnl.mean() / pnl.std(ddof=1) if closed > 1 else None,
        "buy_hold_return_pct": (close[-1] / close[0] - 1.0) * 100.0,
        "final_value": equity[-1],
        "fees_paid": trades["entry_fees"].sum() + trades["exit_fees"].sum(),
    }


RULES = {"MOVING_AVERAGE_CROSS": moving_average_cross, "RSI_MACD": rsi_macd}
