"""The audit: clean for every rule of both engines, and not to be deceived."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from stockbt_domain.bars import Bars
from stockbt_domain.ports import Engine
from stockbt_domain.ports.engine import Outcome
from stockbt_domain.rules import RULES, Rule
from stockbt_domain.terms import Terms
from stockbt_domain.usecases.audit import DROPPED, FINITE, MOVED, POSITIONS, SIGNALS, Audit, audit
from stockbt_engine_legacy import LegacyEngine

from .market import random_bars
from .second_engine import SecondEngine

EVERY_RULE = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
Params = Mapping[str, int | float]


class Honest:
    """Our engine, for cheats to build on."""

    name = "honest"

    def __init__(self) -> None:
        self.inner = LegacyEngine()

    def signals(self, bars: Bars, rule_type: str, params: Params) -> memoryview:
        """Return the engine's signals."""
        return self.inner.signals(bars, rule_type, params)

    def run(self, bars: Bars, terms: Terms) -> Outcome:
        """Return the engine's outcome."""
        return self.inner.run(bars, terms)


class PeeksAtSignals(Honest):
    """Knows tomorrow's signal today; on the last bar it repeats the one before."""

    def signals(self, bars: Bars, rule_type: str, params: Params) -> memoryview:
        """Return every signal one bar early."""
        signals = np.asarray(super().signals(bars, rule_type, params))
        return memoryview(np.append(signals[1:], signals[-1:]))


class PeeksInRuns(Honest):
    """Says honest signals, and trades one bar before them."""

    def run(self, bars: Bars, terms: Terms) -> Outcome:
        """Return an outcome whose position knows the next bar."""
        outcome: Any = super().run(bars, terms)
        position = np.asarray(outcome.position)
        return replace(outcome, position=memoryview(np.append(position[1:], position[-1:])))


class ReadsTheCalendar(Honest):
    """Is silent on even days."""

    def signals(self, bars: Bars, rule_type: str, params: Params) -> memoryview:
        """Return the signals of odd days."""
        odd = np.asarray(bars.time) // 86_400_000_000 % 2 == 1
        return memoryview(np.where(odd, super().signals(bars, rule_type, params), 0).astype(np.int8))


class CountsBars(Honest):
    """Is silent on every second bar of the history it is given."""

    def signals(self, bars: Bars, rule_type: str, params: Params) -> memoryview:
        """Return the signals of bars with an even number."""
        signals = np.array(super().signals(bars, rule_type, params))
        signals[1::2] = 0
        return memoryview(signals)


def audited(engine: Engine, rule: Rule, bars: int = 700) -> Audit:
    """Return the audit of a rule at its defaults on a random walk."""
    return audit(engine, random_bars(bars, seed=4), rule.name, rule.complete({}))


@EVERY_RULE
@pytest.mark.parametrize("engine", [LegacyEngine(), SecondEngine()], ids=lambda engine: engine.name)
def test_no_rule_knows_the_future(rule: Rule, engine: Engine) -> None:
    """Every check of every rule is clean, on histories that end where the signal changes."""
    done = audited(engine, rule)

    assert done.findings == ()
    assert done.signals > 0
    assert len(done.cuts) > 9
    assert (DROPPED in done.checks) == (rule.name in FINITE)


@EVERY_RULE
@pytest.mark.parametrize(
    ("cheat", "caught_by"),
    [(PeeksAtSignals, SIGNALS), (PeeksInRuns, POSITIONS), (ReadsTheCalendar, MOVED)],
    ids=["peeks at signals", "peeks in runs", "reads the calendar"],
)
def test_a_cheat_is_caught_whatever_the_rule(rule: Rule, cheat: type[Honest], caught_by: str) -> None:
    """A peek by one bar shows, be it in the signals or only in the trades; so does a look at the date."""
    findings = audited(cheat(), rule).findings

    assert {finding.check for finding in findings} == {caught_by}
    if caught_by == SIGNALS:
        assert all(finding.bar == finding.bars_known - 1 for finding in findings)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.name in FINITE], ids=lambda rule: rule.name)
def test_a_rule_of_windows_must_not_count_bars(rule: Rule) -> None:
    """Where a window decides, the first bar's place must not matter."""
    assert {finding.check for finding in audited(CountsBars(), rule).findings} == {DROPPED}


def test_an_answer_of_another_length_is_a_finding() -> None:
    """An engine that leaves out a bar is caught, not believed."""

    class Forgets(Honest):
        def signals(self, bars: Bars, rule_type: str, params: Params) -> memoryview:
            signals = super().signals(bars, rule_type, params)
            return signals if len(bars) > 600 else signals[1:]

    first = audited(Forgets(), RULES[0]).findings[0]

    assert (first.check, first.expected - first.found) == (SIGNALS, 1)
