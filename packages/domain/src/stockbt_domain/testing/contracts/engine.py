"""What every engine must do, whatever its numbers are."""

import math
import random
from array import array
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from ...bars import Bars, day_start
from ...columns import NO_TIME, ORDER_COLUMNS, ORDER_REASONS, TRADE_COLUMNS
from ...ports.engine import Engine, Outcome
from ...rules import RULES, Rule
from ...terms import Terms

DAY = 86_400_000_000


def some_bars(count: int = 600, *, seed: int = 1) -> Bars:
    """Return a random walk of daily bars with calm and wild stretches, so that every rule trades."""
    chance = random.Random(seed)
    start = day_start(date(2000, 1, 3))
    columns: dict[str, list[float]] = {name: [] for name in ("open", "high", "low", "close", "volume")}
    close = 100.0
    for i in range(count):
        swing = 0.005 if i // 60 % 2 else 0.03
        opened = close * (1 + chance.gauss(0, swing / 4))
        close = opened * (1 + chance.gauss(0, swing) + 0.01 * math.sin(i / 25))
        top, bottom = max(opened, close), min(opened, close)
        columns["open"].append(opened)
        columns["high"].append(top * (1 + abs(chance.gauss(0, swing))))
        columns["low"].append(bottom * (1 - min(0.5, abs(chance.gauss(0, swing)))))
        columns["close"].append(close)
        columns["volume"].append(1000.0 * chance.choice([1, 1, 1, 1, 6]))
    time: Any = memoryview(array("q", [start + i * DAY for i in range(count)]))
    floats: dict[str, Any] = {name: memoryview(array("d", values)) for name, values in columns.items()}
    return Bars(time, **floats)


def some_terms(rule: Rule, **changes: Any) -> Terms:
    """Return the rule at its defaults on usual trading terms."""
    terms = Terms(rule.name, rule.complete({}), 100_000.0, 0.001, 2.0, "percent", 100.0, "longshort", "close")
    return replace(terms, **changes)


def contents(outcome: Outcome) -> list[Any]:
    """Return everything an outcome holds, as plain values in which NaN equals NaN."""
    tables: list[Mapping[str, memoryview]] = [
        {"equity": outcome.equity, "position": outcome.position, "cash": outcome.cash},
        outcome.trades,
        outcome.orders,
    ]
    columns = [(name, c.format, c.tobytes()) for table in tables for name, c in table.items()]
    return [*columns, dict(outcome.unfilled), outcome.ended_at]


def formats(table: Mapping[str, memoryview]) -> dict[str, str]:
    """Return each column's format, in order."""
    return {name: column.format for name, column in table.items()}


every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
every_execution = pytest.mark.parametrize("execution", ["close", "next_open"])


class EngineContract:
    """Subclass it with a fixture `engine`. `unsupported` is the error that the engine raises for a
    rule or term which it does not have."""

    unsupported: type[Exception] = ValueError

    def test_it_has_a_name(self, engine: Engine) -> None:
        """Runs carry the name of the engine that computed them."""
        assert engine.name

    @every_rule
    def test_a_signal_is_a_sign_for_every_bar(self, engine: Engine, rule: Rule) -> None:
        """One int8 a bar: +1, -1 or 0; and the sample makes the rule say something."""
        bars = some_bars()
        signals = engine.signals(bars, rule.name, rule.complete({}))

        assert signals.format == "b"
        assert len(signals) == len(bars)
        assert set(signals.tolist()) <= {-1, 0, 1}
        assert any(signals.tolist())

    @every_rule
    def test_a_signal_does_not_know_the_future(self, engine: Engine, rule: Rule) -> None:
        """What a rule says at a bar stays the same whichever bars follow."""
        bars = some_bars()
        whole = engine.signals(bars, rule.name, rule.complete({})).tolist()
        for length in (1, 50, 251, 599):
            last = date.fromordinal(date(2000, 1, 3).toordinal() + length - 1)
            start = bars.between(date(2000, 1, 3), last)

            assert engine.signals(start, rule.name, rule.complete({})).tolist() == whole[:length]

    @every_rule
    def test_the_warm_up_is_as_long_as_the_catalogue_says(self, engine: Engine, rule: Rule) -> None:
        """No rule signals before the bar at which it first can."""
        needed = rule.bars_needed(rule.complete({}))
        signals = engine.signals(some_bars(), rule.name, rule.complete({}))

        assert not any(signals.tolist()[: needed - 1])

    @every_rule
    @every_execution
    def test_an_outcome_has_its_shape(self, engine: Engine, rule: Rule, execution: str) -> None:
        """Series of one finite double a bar; trades and orders with the columns of the port."""
        bars = some_bars()
        outcome = engine.run(bars, some_terms(rule, execution=execution))

        for series in (outcome.equity, outcome.position, outcome.cash):
            assert (series.format, len(series)) == ("d", len(bars))
            assert all(map(math.isfinite, series.tolist()))
        assert list(formats(outcome.trades).items()) == list(TRADE_COLUMNS.items())
        assert list(formats(outcome.orders).items()) == list(ORDER_COLUMNS.items())
        assert len({len(column) for column in outcome.trades.values()}) == 1
        assert len({len(column) for column in outcome.orders.values()}) == 1
        assert set(outcome.unfilled) <= set(ORDER_REASONS)
        assert outcome.ended_at is None or 0 <= outcome.ended_at < len(bars)

    @every_rule
    @every_execution
    def test_equity_is_cash_and_position(self, engine: Engine, rule: Rule, execution: str) -> None:
        """At every close the equity is the cash plus the shares at that close."""
        bars = some_bars()
        outcome = engine.run(bars, some_terms(rule, execution=execution))
        columns = (outcome.equity, outcome.cash, outcome.position, bars.close)

        for equity, cash, position, close in zip(*columns, strict=True):
            assert math.isclose(equity, cash + position * close, rel_tol=1e-9, abs_tol=1e-6)

    @every_rule
    def test_trades_are_numbered_and_only_the_last_may_be_open(self, engine: Engine, rule: Rule) -> None:
        """Trades count from 1 in order of entry; an open one has no exit yet, and is the last."""
        trades = engine.run(some_bars(), some_terms(rule)).trades
        count = len(trades["trade_no"])
        is_open = [time == NO_TIME for time in trades["exit_timestamp"]]

        assert trades["trade_no"].tolist() == list(range(1, count + 1))
        assert trades["entry_timestamp"].tolist() == sorted(trades["entry_timestamp"])
        assert set(trades["side"].tolist()) <= {1, -1}
        assert not any(is_open[:-1])
        assert [math.isnan(price) for price in trades["exit_price"].tolist()] == is_open

    @every_rule
    def test_orders_name_their_reason(self, engine: Engine, rule: Rule) -> None:
        """Each order is a buy or a sell with one of the port's reasons, in order of time."""
        orders = engine.run(some_bars(), some_terms(rule)).orders

        assert set(orders["signal"].tolist()) <= {1, -1}
        assert all(0 <= reason < len(ORDER_REASONS) for reason in orders["reason"])
        assert orders["timestamp"].tolist() == sorted(orders["timestamp"])

    @every_rule
    def test_long_only_is_never_short(self, engine: Engine, rule: Rule) -> None:
        """Without short trades the position is never negative."""
        outcome = engine.run(some_bars(), some_terms(rule, direction="longonly"))

        assert min(outcome.position) >= 0
        assert set(outcome.trades["side"].tolist()) <= {1}

    @every_rule
    @every_execution
    def test_the_same_input_gives_the_same_bytes(self, engine: Engine, rule: Rule, execution: str) -> None:
        """An engine is a function: no clock, no randomness, and its input left as it was."""
        bars, terms = some_bars(), some_terms(rule, execution=execution)
        first = contents(engine.run(bars, terms))
        engine.run(some_bars(seed=2), terms)

        assert contents(engine.run(bars, terms)) == first
        assert bars.close.tobytes() == some_bars().close.tobytes()

    def test_an_unknown_rule_or_term_is_refused(self, engine: Engine) -> None:
        """What an engine does not have it says, instead of computing something else."""
        known = some_terms(RULES[0])
        wrongs: tuple[dict[str, Any], ...] = (
            {"rule_type": "NO_SUCH_RULE"},
            {"size_type": "lots"},
            {"direction": "sideways"},
            {"execution": "yesterday"},
        )
        for wrong in wrongs:
            with pytest.raises(self.unsupported):
                engine.run(some_bars(), replace(known, **wrong))
