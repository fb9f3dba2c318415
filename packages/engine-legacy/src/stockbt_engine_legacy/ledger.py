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


FILLED = {
    (0, 1): "opened_long",
    (1, 0): "closed_long",
    (0, -1): "opened_short",
    (-1, 0): "closed_short",
    (-1, 1): "reversed_to_long",
    (1, -1): "reversed_to_short",
}
"""Reason by the sides held before and after a fill."""


def _reasons(sell_of_nothing: str) -> Signs:
    """Return the code of the reason by the sides held before and after a signal, and the side it asks for.

    The array is (3, 3, 3); a side is -1, 0 or +1, and as an index -1 is the last.
    """
    reason = np.full((3, 3, 3), CODE["no_cash_for_one_share"])
    for sides, name in FILLED.items():
        reason[sides] = CODE[name]
    reason[1, 1, 1] = CODE["already_long"]
    reason[-1, -1, -1] = CODE["already_short"]
    reason[0, 0, -1] = CODE[sell_of_nothing]
    return reason


SELL_OF_NOTHING = {False: "nothing_to_sell", True: "no_cash_for_one_share"}
"""Why a sell without a position was not filled, by whether shorts are allowed."""

REASON = {shorts: _reasons(name) for shorts, name in SELL_OF_NOTHING.items()}


class Ledger:
    """The fills of one run as arrays, and every report made of them.

    `bar` and `price` have a row for each fill, `price` one more for the last close; `held`, `side`, `cash`
    and `bars_held` begin with what was before the first fill.
    """

    def __init__(self, fills: Fills, walk: Walk) -> None:
        self.stretches = walk.stretches
        self.market = walk.market
        self.shorts = walk.shorts
        self.ended_at = fills.ended_at
        stretch = np.array(fills.stretch, dtype=np.int64)
        self.bar = walk.first[stretch]
        self.price = np.concatenate((walk.prices[stretch], walk.market.close[-1:]))
        self.held = np.array([0, *fills.held], dtype=np.float64)
        self.cash = np.array([walk.capital, *fills.cash], dtype=np.float64)
        self.side = np.sign(self.held).astype(np.int8)
        signal = self.bar - walk.market.lag
        for row, asked, bar, price in fills.elsewhere:
            signal[row], self.bar[row], self.price[row] = asked, bar, price
        self.signal = signal[: len(signal) - (fills.ended_at is not None)]
        bounds = np.concatenate(([0], self.bar, [len(walk.market.close)]))
        self.bars_held = bounds[1:] - bounds[:-1]

    def curves(self) -> tuple[Floats, Floats, Floats]:
        """Return equity, position and cash at each bar's close (n,)."""
        position = self.held.repeat(self.bars_held)
        cash = self.cash.repeat(self.bars_held)
        equity = position * self.market.close
        equity += cash
        return equity, position, cash

    def trades(self, bars: Columns) -> dict[str, Ints | Floats | Signs]:
        """Return the round trips in order of entry; an open one is last, marked to the last close."""
        entry = self.held[1:].nonzero()[0]
        leave = entry + 1
        bar = np.concatenate((self.bar, [len(bars.time) - 1]))
        is_open = bool(len(entry)) and leave[-1] == len(self.bar)
        side = self.side[leave]
        size = np.abs(self.held[leave])
        entry_price, exit_price = self.price[entry], self.price[leave]
        entry_time, exit_time = bars.time[bar[entry]], bars.time[bar[leave]]
        value = entry_price * size
        entry_fees = value * self.market.fee_rate
        exit_fees = exit_price * size * self.market.fee_rate
        if is_open:
            exit_fees[-1] = 0.0
        result = (exit_price - entry_price) * size * side - entry_fees - exit_fees
        holding = (exit_time - entry_time) / DAY
        if is_open:
            exit_time[-1], exit_price[-1] = NO_TIME, np.nan
        return {
            "trade_no": np.arange(1, len(entry) + 1),
            "side": side,
            "size": size,
            "entry_timestamp": entry_time,
            "entry_price": entry_price,
            "entry_fees": entry_fees,
            "exit_timestamp": exit_time,
            "exit_price": exit_price,
            "exit_fees": exit_fees,
            "pnl_abs": result,
            "pnl_pct": result / value * 100.0,
            "holding_period": holding,
        }

    def orders(self, bars: Columns) -> dict[str, Ints | Floats | Signs]:
        """Return what became of every change of the signal to buy or sell."""
        changes = self.stretches.changes
        asked = self.stretches.signals[changes]
        before, after = (self.signal.searchsorted(changes, side) for side in ("left", "right"))
        quantity = self.held[after] - self.held[before]
        price = np.where(quantity != 0.0, self.price[after - 1], 0.0)
        return {
            "timestamp": bars.time[changes],
            "signal": asked,
            "reason": self._reason(changes, asked, before, after),
            "quantity": quantity,
            "price": price,
        }

    def unfilled(self) -> dict[str, int]:
        """Return how many bars signalled without a fill, by reason, where any did."""
        signals = self.stretches.signals
        stop = max(len(signals) - self.market.lag, 0)
        if self.ended_at is not None:
            stop = min(stop, self.ended_at)
        held = self.side.repeat(self.bars_held)
        asked = signals.copy()
        asked[self.signal] = 0
        counts = self._standing(asked[:stop], held[:stop])
        rest = asked[stop:].nonzero()[0] + stop
        if len(rest):
            fills = self.signal.searchsorted(rest)
            reason = self._reason(rest, asked[rest], fills, fills)
            counts += np.bincount(reason, minlength=len(REASONS))
        return {name: count for name, count in zip(REASONS, counts.tolist(), strict=True) if count}

    def _standing(self, asked: Signs, held: Signs) -> Ints:
        """Return how many signals there are by why they change nothing while that side is held."""
        buys, sells = asked > 0, asked < 0
        longs, shorts = np.count_nonzero(buys & (held > 0)), np.count_nonzero(sells & (held < 0))
        counts = np.zeros(len(REASONS), dtype=np.int64)
        counts[CODE["already_long"]] = longs
        counts[CODE["already_short"]] = shorts
        counts[CODE["no_cash_for_one_share"]] = np.count_nonzero(buys) - longs
        counts[CODE[SELL_OF_NOTHING[self.shorts]]] += np.count_nonzero(sells) - shorts
        return counts

    def _reason(self, at: Ints, asked: Signs, before: Ints, after: Ints) -> Signs:
        """Return what became of the signals on the bars `at`, with so many fills before and after each."""
        held = self.side[after]
        reason = REASON[self.shorts][self.side[before], held, asked]
        if self.market.lag:
            too_late = at >= len(self.stretches.signals) - self.market.lag
            reason[too_late & (reason == CODE["no_cash_for_one_share"])] = CODE["no_bar_left"]
        if self.ended_at is not None:
            reason[(at > self.ended_at) | (at == self.ended_at) & (asked != held)] = CODE["trading_ended"]
        return reason
