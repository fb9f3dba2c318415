"""From signals to fills: which order was carried out, where, at what price, with what left.

A signal asks for a side of the market, and keeps asking. So the bars fall into stretches that ask for
the same side, and nothing can happen but at a stretch's first bar, or later in it when the first
could not afford a share. Only those bars are walked through, in plain floats.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from .contract import Columns, Floats, Ints, Signs, TradingTerms, UnsupportedTerms

BASIS_POINT = 10_000


@dataclass(frozen=True, slots=True)
class Market:
    """The bars as orders meet them: `lag` bars after the signal, at `price`, both sides at a cost."""

    price: Floats
    close: Floats
    lag: int
    buy: float
    sell: float
    fee_rate: float

    @classmethod
    def of(cls, bars: Columns, terms: TradingTerms) -> "Market":
        """Return the market of `bars` under `terms`. Raises UnsupportedTerms."""
        if terms.execution not in ("close", "next_open"):
            raise UnsupportedTerms(f"no execution {terms.execution!r}")
        late = terms.execution == "next_open"
        slippage = terms.slippage_bps / BASIS_POINT
        return cls(
            bars.open if late else bars.close,
            bars.close,
            int(late),
            1.0 + slippage,
            1.0 - slippage,
            terms.fee_rate,
        )

    def fill_price(self, bar: int, side: int) -> float:
        """Return the price at which an order for `side` fills on `bar`."""
        return float(self.price[bar]) * (self.buy if side > 0 else self.sell)


@dataclass(frozen=True, slots=True)
class Stretches:
    """Stretches of bars whose signals ask for one side, without the silent bars between them.

    `start` is each one's first signal; `side` alternates between +1 and -1. `changes` are all bars
    on which the signal changes to buy or sell, whether it opens a stretch or takes one up again.
    """

    signals: Signs
    changes: Ints
    start: Ints
    side: Signs

    @classmethod
    def of(cls, signals: Signs) -> "Stretches":
        """Return the stretches of `signals`."""
        changed = signals != 0
        changed[1:] &= signals[1:] != signals[:-1]
        changes = changed.nonzero()[0]
        asked = signals[changes]
        opens = np.ones(len(changes), dtype=np.bool_)
        opens[1:] = asked[1:] != asked[:-1]
        return cls(signals, changes, changes[opens], asked[opens])


@dataclass(slots=True)
class Fills:
    """What was carried out, in order, as columns: by which stretch, and the shares held and the cash left.

    An order fills at its stretch's first bar and price, but those of `elsewhere`: their row, signal bar,
    bar and price. `ended_at` is the bar on which a ruined short was bought back: the last row then, and
    the only one that no signal asked for.
    """

    stretch: list[int] = field(default_factory=list)
    held: list[int] = field(default_factory=list)
    cash: list[float] = field(default_factory=list)
    elsewhere: list[tuple[int, int, int, float]] = field(default_factory=list)
    ended_at: int | None = None

    def add(self, stretch: int, held: int, cash: float, *, signal: int, bar: int, price: float) -> None:
        """Add an order that filled elsewhere than at its stretch's beginning."""
        self.elsewhere.append((len(self.stretch), signal, bar, price))
        self.stretch.append(stretch)
        self.held.append(held)
        self.cash.append(cash)


class Walk:
    """One account's way through the stretches of a signal."""

    def __init__(self, stretches: Stretches, market: Market, terms: TradingTerms) -> None:
        if terms.direction not in ("longonly", "longshort"):
            raise UnsupportedTerms(f"no direction {terms.direction!r}")
        if terms.size_type not in ("percent", "value"):
            raise UnsupportedTerms(f"no size type {terms.size_type!r}")
        self.stretches = stretches
        self.market = market
        self.shorts = terms.direction == "longshort"
        self.share = terms.position_size / 100.0 if terms.size_type == "percent" else None
        self.money = terms.position_size
        self.capital = float(terms.initial_capital)
        fillable = len(market.close) - market.lag
        self.count = int(stretches.start.searchsorted(fillable))
        self.first = stretches.start[: self.count] + market.lag
        costs = np.where(stretches.side[: self.count] > 0, market.buy, market.sell)
        self.prices = market.price[self.first] * costs

    def fills(self) -> Fills:
        """Carry out the signals in order; see docs/engine.md."""
        market, shorts, share, money = self.market, self.shorts, self.share, self.money
        fee, unit = market.fee_rate, 1.0 + market.fee_rate
        done = Fills()
        by, hold, keep = done.stretch.append, done.held.append, done.cash.append
        cash, held = self.capital, 0
        columns = zip(self.prices.tolist(), self.stretches.side.tolist(), strict=False)
        for number, (price, side) in enumerate(columns):
            closes = held != 0
            if closes:
                value = held * price
                cash += value - abs(value) * fee
                held = 0
            if side > 0 or shorts:
                budget = cash * share if share is not None else min(money, cash)
                size = int(budget / (price * unit))
                if size > 0:
                    held = side * size
                    value = held * price
                    cash -= value + abs(value) * fee
                    by(number)
                    hold(held)
                    keep(cash)
                else:
                    if closes:
                        by(number)
                        hold(0)
                        keep(cash)
                    cash, held = self._enter_later(done, number, side, budget, cash)
                if held < 0 and self._ruined(done, number, held, cash):
                    break
            elif closes:
                by(number)
                hold(0)
                keep(cash)
        return done

    def _enter_later(
        self, done: Fills, number: int, side: int, budget: float, cash: float
    ) -> tuple[float, int]:
        """Open at the stretch's first later signal whose price the budget pays for, if there is one."""
        market = self.market
        worst = market.buy if side > 0 else market.sell
        unit = 1.0 + market.fee_rate
        if not budget / (float(self._lowest[number]) * worst * unit) >= 1.0:
            return cash, 0
        begin, end = self._span(number)
        asked = self.stretches.signals[begin - market.lag : end - market.lag] == side
        affordable = budget / (market.price[begin:end] * worst * unit) >= 1.0
        possible = np.flatnonzero(asked & affordable)
        if not len(possible):
            return cash, 0
        bar = begin + int(possible[0])
        price = market.fill_price(bar, side)
        held = side * int(budget / (price * unit))
        value = held * price
        cash -= value + abs(value) * market.fee_rate
        done.add(number, held, cash, signal=bar - market.lag, bar=bar, price=price)
        return cash, held

    def _ruined(self, done: Fills, number: int, held: int, cash: float) -> bool:
        """Buy a short back at the first close that leaves no equity; return whether there was one."""
        market = self.market
        if cash + held * float(self._highest[number]) > 0.0:
            return False
        begin, end = self._span(number)
        if done.elsewhere and done.elsewhere[-1][0] == len(done.stretch) - 1:
            begin = done.elsewhere[-1][2]
        gone = np.flatnonzero(cash + held * market.close[begin:end] <= 0.0)
        if not len(gone):
            return False
        bar = begin + int(gone[0])
        price = float(market.close[bar]) * market.buy
        value = held * price
        cash += value - abs(value) * market.fee_rate
        done.add(number, 0, cash, signal=bar, bar=bar, price=price)
        done.ended_at = bar
        return True

    def _span(self, number: int) -> tuple[int, int]:
        """Return the bars on which orders of a stretch fill: from its first to before the next one's."""
        last = number + 1 == self.count
        return int(self.first[number]), len(self.market.close) if last else int(self.first[number + 1])

    @cached_property
    def _lowest(self) -> Floats:
        return np.minimum.reduceat(self.market.price, self.first)

    @cached_property
    def _highest(self) -> Floats:
        return np.maximum.reduceat(self.market.close, self.first)
