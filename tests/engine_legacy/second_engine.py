"""A second engine behind the port: backtesting.py trades, TA-Lib signals. It shares nothing with ours."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from stockbt_domain.bars import Bars
from stockbt_domain.columns import NO_TIME, ORDER_COLUMNS, ORDER_REASONS, TRADE_COLUMNS
from stockbt_domain.rules import RULES_BY_NAME
from stockbt_domain.terms import Terms

from .market import DAY, columns_of
from .peers import by_backtesting
from .reference import signals as talib_signals

HAS = {
    "size_type": ("percent",),
    "direction": ("longonly", "longshort"),
    "execution": ("close", "next_open"),
    "rule_type": tuple(RULES_BY_NAME),
}


@dataclass
class SecondOutcome:
    """What the port asks for."""

    equity: memoryview
    position: memoryview
    cash: memoryview
    trades: Mapping[str, memoryview]
    orders: Mapping[str, memoryview]
    unfilled: Mapping[str, int]
    ended_at: int | None = None


class SecondEngine:
    """Lets backtesting.py decide sizes and fills; it has no fixed amounts, and slippage on entries only."""

    name = "second"

    def signals(self, bars: Bars, rule_type: str, params: Mapping[str, int | float]) -> memoryview:
        """Return int8 (n,): the rule's conditions on TA-Lib's indicators."""
        return memoryview(np.array(talib_signals(bars, rule_type, params), dtype=np.int8))

    def run(self, bars: Bars, terms: Terms) -> SecondOutcome:
        """Return what backtesting.py makes of the signals. Raises ValueError for what it does not have."""
        for term, known in HAS.items():
            if getattr(terms, term) not in known:
                raise ValueError(f"no {term} {getattr(terms, term)!r}")
        found = self.signals(bars, terms.rule_type, terms.params).tolist()
        strategy = by_backtesting(bars, found, terms).stats["_strategy"]
        trades = sorted((*strategy.closed_trades, *strategy.trades), key=lambda trade: trade.entry_bar)
        cash, position = np.full(len(bars), terms.initial_capital), np.zeros(len(bars))
        for trade in trades:
            for bar, price, shares in _fills(trade):
                position[bar:] += shares
                cash[bar:] -= shares * price + abs(shares * price) * terms.fee_rate
        close = columns_of(bars)["close"]
        orders, unfilled = _reasons(bars, found, position, terms, trades)
        return SecondOutcome(
            memoryview(cash + position * close),
            memoryview(position),
            memoryview(cash),
            _table(TRADE_COLUMNS, [_row(n, t, bars, terms.fee_rate) for n, t in enumerate(trades, 1)]),
            _table(ORDER_COLUMNS, orders),
            unfilled,
        )


def _fills(trade):
    """Yield bar, price and shares of a trade's entry, and of its exit where it has one."""
    yield trade.entry_bar, trade.entry_price, trade.size
    if trade.exit_bar is not None:
        yield trade.exit_bar, trade.exit_price, -trade.size


def _row(number, trade, bars, fee_rate):
    """Return a trade as a row of the port's table."""
    is_open = trade.exit_bar is None
    price = bars.close[-1] if is_open else trade.exit_price
    begin, end = bars.time[trade.entry_bar], bars.time[-1 if is_open else trade.exit_bar]
    size, side = abs(trade.size), 1 if trade.size > 0 else -1
    entry_fees, exit_fees = trade.entry_price * size * fee_rate, 0.0 if is_open else price * size * fee_rate
    result = (price - trade.entry_price) * size * side - entry_fees - exit_fees
    exit = (NO_TIME, np.nan) if is_open else (end, price)
    share = result / (trade.entry_price * size) * 100.0
    entry = (begin, trade.entry_price, entry_fees)
    return (number, side, size, *entry, *exit, exit_fees, result, share, (end - begin) / DAY)


def _reasons(bars, signals, position, terms, trades):
    """Return a row for each change of the signal, and the count of signals that did nothing."""
    rows, unfilled = [], Counter()
    lag = int(terms.execution == "next_open")
    price_on = {bar: price for trade in trades for bar, price, _ in _fills(trade)}
    held = np.concatenate(([0.0], position))
    sides = {1.0: "long", -1.0: "short", 0.0: ""}
    for wanted, group in groupby(enumerate(signals), key=lambda pair: pair[1]):
        for place, (at, _) in enumerate(group if wanted else ()):
            bar = min(at + lag, len(signals) - 1)
            before, after = (sides[side] for side in np.sign(held[[bar, bar + 1]]))
            traded = before != after and at + lag == bar
            if traded and after:
                reason = f"{'reversed_to' if before else 'opened'}_{after}"
            elif traded:
                reason = f"closed_{before}"
            elif before == sides[wanted]:
                reason = f"already_{before}"
            elif at + lag > bar:
                reason = "no_bar_left"
            else:
                reason = "nothing_to_sell" if wanted < 0 else "no_cash_for_one_share"
            unfilled[reason] += not traded
            if not place:
                done = (held[bar + 1] - held[bar], price_on[bar]) if traded else (0.0, 0.0)
                rows.append((bars.time[at], wanted, ORDER_REASONS.index(reason), *done))
    return rows, {reason: count for reason, count in unfilled.items() if count}


def _table(formats, rows):
    """Return rows as the port's columns."""
    columns = zip(*rows, strict=True) if rows else ((),) * len(formats)
    return {
        name: memoryview(np.array(column, dtype=np.dtype(format)).view(format))
        for (name, format), column in zip(formats.items(), columns, strict=True)
    }
