"""The engine once more, as slowly and plainly as docs/engine.md states it: the tests' second opinion.

Indicators come from TA-Lib; trading is one loop over the bars with one decision at each.
"""

from math import floor

import numpy as np
import talib

from .market import columns_of


def signals(bars, rule, p):
    """Return the list of signals of a rule by its conditions in docs/engine.md."""
    c = columns_of(bars)
    close, volume = c["close"], c["volume"]
    before = np.concatenate(([np.nan], close[:-1]))
    with np.errstate(all="ignore"):
        if rule == "RSI":
            rsi = talib.RSI(close, p["period"])
            buy, sell = rsi < p["oversold"], rsi > p["overbought"]
        elif rule == "MACD":
            line, smooth, _ = talib.MACD(close, p["fast_period"], p["slow_period"], p["signal_period"])
            buy, sell = line > smooth, line < smooth
        elif rule == "RSI_MACD":
            rsi = talib.RSI(close, p["rsi_period"])
            line, smooth, _ = talib.MACD(close, p["macd_fast"], p["macd_slow"], p["macd_signal"])
            warm = ~np.isnan(rsi) & ~np.isnan(smooth)
            buy = warm & (rsi < p["rsi_oversold"]) & (line > smooth)
            sell = warm & ((rsi > p["rsi_overbought"]) | (line < smooth))
        elif rule == "MOVING_AVERAGE_CROSS":
            fast, slow = talib.MA(close, p["fast_period"]), talib.MA(close, p["slow_period"])
            buy, sell = fast > slow, fast < slow
        elif rule == "BOLLINGER_BANDS":
            upper, _, lower = talib.BBANDS(close, p["period"], p["std_dev"], p["std_dev"])
            place = (close - lower) / (upper - lower)
            buy, sell = place < p["edge"], place > 1 - p["edge"]
        elif rule == "VOLUME_BREAKOUT":
            unusual = volume > p["breakout_multiplier"] * talib.SMA(volume, p["volume_ma_period"])
            buy, sell = unusual & (close > before), unusual & (close < before)
        elif rule == "TREND_FOLLOWING":
            a, b, d = (talib.MA(close, p[f"{name}_period"]) for name in ("short", "medium", "long"))
            buy, sell = (close > a) & (a > b) & (b > d), (close < a) & (a < b) & (b < d)
        elif rule == "ATR_VOLATILITY":
            share = talib.ATR(c["high"], c["low"], close, p["period"]) / close
            buy, sell = share < p["low_threshold"], share > p["high_threshold"]
    return (buy.astype(int) - sell.astype(int)).tolist()


class Account:
    """One account led through the bars, one after the other."""

    def __init__(self, bars, terms):
        self.open, self.close = columns_of(bars)["open"].tolist(), columns_of(bars)["close"].tolist()
        self.terms = terms
        self.cash, self.held, self.ended_at = terms.initial_capital, 0, None
        self.equity, self.position, self.money = [], [], []
        self.trades, self.what = [], {}

    def trade(self, shares, price):
        """Pay for shares, or be paid for negative ones; return the fees."""
        value = shares * price
        fees = abs(value) * self.terms.fee_rate
        self.cash -= value + fees
        self.held += shares
        return fees

    def close_trade(self, price, bar):
        """End the trade that is open."""
        entry_bar, entry, entry_fees, held = self.trades[-1][:4]
        fees = self.trade(-self.held, price)
        pnl = (price - entry) * held - entry_fees - fees
        self.trades[-1] = (entry_bar, entry, entry_fees, held, bar, price, fees, pnl)

    def carry_out(self, wanted, signal_bar, price, bar):
        """Fill an order that leads to the wanted side, as far as the cash goes."""
        terms, was = self.terms, self.held
        fill = price * (1 + wanted * terms.slippage_bps / 10_000)
        if self.held:
            self.close_trade(fill, bar)
        shares = 0
        if wanted > 0 or terms.direction == "longshort":
            percent = terms.size_type == "percent"
            budget = self.cash * terms.position_size / 100 if percent else min(terms.position_size, self.cash)
            shares = max(floor(budget / (fill * (1 + terms.fee_rate))), 0)
        if shares:
            fees = self.trade(wanted * shares, fill)
            self.trades.append((bar, fill, fees, wanted * shares))
        now = "long" if self.held > 0 else "short"
        if was and self.held:
            reason = f"reversed_to_{now}"
        elif was:
            reason = "closed_long" if was > 0 else "closed_short"
        else:
            reason = f"opened_{now}" if self.held else "no_cash_for_one_share"
        self.what[signal_bar] = (wanted, reason, self.held - was, fill if self.held != was else 0.0)

    def live(self, signals):
        """Go through all bars; afterwards `what` says for each signal what became of it."""
        pending = None
        for bar, (wanted, close) in enumerate(zip(signals, self.close, strict=True)):
            if pending is not None:
                self.carry_out(signals[pending], pending, self.open[bar], bar)
                pending = None
            if wanted:
                pending = self.decide(wanted, bar, close)
            if self.held < 0 and self.cash + self.held * close <= 0:
                self.close_trade(close * (1 + self.terms.slippage_bps / 10_000), bar)
                self.ended_at = bar
                if pending is not None:
                    self.what[pending] = (wanted, "trading_ended", 0, 0.0)
                    pending = None
            self.equity.append(self.cash + self.held * close)
            self.position.append(self.held)
            self.money.append(self.cash)
        if pending is not None:
            self.what[pending] = (signals[pending], "no_bar_left", 0, 0.0)
        return self

    def decide(self, wanted, bar, close):
        """Fill at the close, say why not, or return the bar as the one whose order waits."""
        reason = None
        if self.ended_at is not None:
            reason = "trading_ended"
        elif wanted * self.held > 0:
            reason = "already_long" if wanted > 0 else "already_short"
        elif wanted < 0 and not self.held and self.terms.direction == "longonly":
            reason = "nothing_to_sell"
        elif self.terms.execution == "close":
            self.carry_out(wanted, bar, close, bar)
        else:
            return bar
        if reason:
            self.what[bar] = (wanted, reason, 0, 0.0)
        return None
