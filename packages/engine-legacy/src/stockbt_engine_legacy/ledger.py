"""From fills to what is reported: the equity curve, the trade list and the reasons log."""

import numpy as np

from .contract import Columns, Floats, Ints, Signs
from .fills import Fills, Walk

NO_TIME = -(2**63)
DAY = 86_400_000_000
"""Microseconds."""

REASONS = (
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
CODE = {name: np.int8(code) for code, name in enumerate(REASONS)}

FILL_CODE = np.zeros((3, 3), dtype=np.int8)
"""Reason by the side held before and after a fill, each plus one."""
FILL_CODE[1, 2] = CODE["opened_long"]
FILL_CODE[2, 1] = CODE["closed_long"]
FILL_CODE[1, 0] = CODE["opened_short"]
FILL_CODE[0, 1] = CODE["closed_short"]
FILL_CODE[0, 2] = CODE["reversed_to_long"]
FILL_CODE[2, 0] = CODE["reversed_to_short"]


class Ledger:
    """The fills of one run as arrays, and every report made of them."""

    def __init__(self, fills: Fills, walk: Walk) -> None:
        self.stretches = walk.stretches
        self.market = walk.market
        self.capital = walk.capital
        self.shorts = walk.shorts
        self.ended_at = fills.ended_at
        stretch = np.array(fills.stretch, dtype=np.int64)
        self.bar = walk.first[stretch]
        self.price = walk.prices[stretch]
        self.held = np.array(fills.held, dtype=np.float64)
        self.cash = np.array(fills.cash, dtype=np.float64)
        self.before = np.concatenate(([0.0], self.held[:-1]))[: len(self.held)]
        signal = self.bar - walk.market.lag
        for row, asked, bar, price in fills.elsewhere:
            signal[row], self.bar[row], self.price[row] = asked, bar, price
        self.signal = signal[: len(signal) - (fills.ended_at is not None)]

    def curves(self) -> tuple[Floats, Floats, Floats]:
        """Return equity, position and cash at each bar's close (n,)."""
        bars = len(self.market.close)
        lengths = np.diff(np.concatenate(([0], self.bar, [bars])))
        position = np.repeat(np.concatenate(([0.0], self.held)), lengths)
        cash = np.repeat(np.concatenate(([self.capital], self.cash)), lengths)
        equity = position * self.market.close
        equity += cash
        return equity, position, cash

    def trades(self, bars: Columns) -> dict[str, Ints | Floats | Signs]:
        """Return the round trips in order of entry; an open one is last, marked to the last close."""
        entry = np.flatnonzero(self.held)
        leave = entry + 1
        is_open = bool(len(entry)) and leave[-1] == len(self.held)
        bar = np.append(self.bar, len(bars.time) - 1)
        price = np.append(self.price, self.market.close[-1:])
        side = np.sign(self.held[entry])
        size = np.abs(self.held[entry])
        entry_price, exit_price = price[entry], price[leave]
        entry_time, exit_time = bars.time[bar[entry]], bars.time[bar[leave]]
        entry_fees = entry_price * size * self.market.fee_rate
        exit_fees = exit_price * size * self.market.fee_rate
        if is_open:
            exit_fees[-1] = 0.0
        result = (exit_price - entry_price) * size * side - entry_fees - exit_fees
        holding = (exit_time - entry_time) / DAY
        if is_open:
            exit_time[-1], exit_price[-1] = NO_TIME, np.nan
        return {
            "trade_no": np.arange(1, len(entry) + 1),
            "side": side.astype(np.int8),
            "size": size,
            "entry_timestamp": entry_time,
            "entry_price": entry_price,
            "entry_fees": entry_fees,
            "exit_timestamp": exit_time,
            "exit_price": exit_price,
            "exit_fees": exit_fees,
            "pnl_abs": result,
            "pnl_pct": result / (entry_price * size) * 100.0,
            "holding_period": holding,
        }

    def orders(self, bars: Columns) -> dict[str, Ints | Floats | Signs]:
        """Return what became of every change of the signal to buy or sell."""
        changes = self.stretches.changes
        asked = self.stretches.signals[changes]
        reason = self._unfilled(changes, asked)
        quantity = np.zeros(len(changes))
        price = np.zeros(len(changes))
        row = np.searchsorted(changes, self.signal)
        on_change = row < len(changes)
        on_change[on_change] = changes[row[on_change]] == self.signal[on_change]
        fill, row = np.flatnonzero(on_change), row[on_change]
        sides = np.sign(self.before[fill]).astype(np.int8), np.sign(self.held[fill]).astype(np.int8)
        reason[row] = FILL_CODE[sides[0] + 1, sides[1] + 1]
        quantity[row] = self.held[fill] - self.before[fill]
        price[row] = self.price[fill]
        return {
            "timestamp": bars.time[changes],
            "signal": asked,
            "reason": reason,
            "quantity": quantity,
            "price": price,
        }

    def unfilled(self) -> dict[str, int]:
        """Return how many bars signalled without a fill, by reason, where any did."""
        signals = self.stretches.signals
        bars = len(signals)
        stop = max(bars - self.market.lag, 0)
        if self.ended_at is not None:
            stop = min(stop, self.ended_at)
        counts = np.zeros(len(REASONS), dtype=np.int64)
        asking = self.signal[self.signal < stop]
        for (wanted, held), number in self._standing_signals(asking, stop).items():
            counts[self._standing(wanted, held)] += number
        rest = np.arange(stop, bars)
        if len(rest):
            rest = rest[(signals[rest] != 0) & ~np.isin(rest, self.signal[len(asking) :])]
            counts += np.bincount(self._unfilled(rest, signals[rest]), minlength=len(REASONS))
        return {name: int(count) for name, count in zip(REASONS, counts, strict=True) if count}

    def _standing_signals(self, asking: Ints, stop: int) -> dict[tuple[int, int], int]:
        """Return how many signals before the bar `stop` asked for a side while one was held, fills apart.

        Cut at stretches and fills, every part has one side asked and one held. Silent bars are counted,
        as there are few where it matters.
        """
        start = self.stretches.start
        begin = np.concatenate((start[: np.searchsorted(start, stop)], asking))
        begin.sort(kind="stable")
        silent = np.flatnonzero(self.stretches.signals[:stop] == 0)
        bounds = np.append(begin, stop)
        number = np.diff(bounds - np.searchsorted(silent, bounds))
        sides = np.sign(np.concatenate(([0.0], self.held[: len(asking)]))).astype(np.int64)
        standing = self._pair(begin, sides[np.searchsorted(asking, begin, side="right")])
        total = np.bincount(standing, weights=number, minlength=9)
        total -= np.bincount(self._pair(asking, sides[1:]), minlength=9)
        return {(pair // 3 - 1, pair % 3 - 1): int(count) for pair, count in enumerate(total) if count}

    def _pair(self, bars: Ints, held: Ints) -> Ints:
        """Return the sides asked on `bars` and held, each -1 to +1, as one number from 0 to 8."""
        return (self.stretches.signals[bars] + np.int64(1)) * 3 + held + 1

    def _standing(self, wanted: int, held: int) -> np.int8:
        """Return why a bar that could have been filled was not, by what it asked and what was held."""
        if wanted == held:
            return CODE["already_long" if held > 0 else "already_short"]
        return CODE["no_cash_for_one_share" if wanted > 0 or self.shorts else "nothing_to_sell"]

    def _unfilled(self, at: Ints, asked: Signs) -> Signs:
        """Return why each of the bars `at` was not filled (those that were get any value)."""
        last = np.searchsorted(self.signal, at)
        held = np.sign(np.concatenate(([0.0], self.held))[last]).astype(np.int8)
        reason = np.full(len(at), CODE["no_cash_for_one_share"])
        reason[at + self.market.lag >= len(self.stretches.signals)] = CODE["no_bar_left"]
        if not self.shorts:
            reason[(asked < 0) & (held == 0)] = CODE["nothing_to_sell"]
        already = asked == held
        if self.ended_at is not None:
            reason[at >= self.ended_at] = CODE["trading_ended"]
            already &= at <= self.ended_at
        reason[already & (asked > 0)] = CODE["already_long"]
        reason[already & (asked < 0)] = CODE["already_short"]
        return reason
