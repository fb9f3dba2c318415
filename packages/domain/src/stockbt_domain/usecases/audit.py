"""Look for look-ahead: does an engine know at a bar what only later bars can tell?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..bars import Bars
from ..ports.engine import Engine
from ..rules import RULES_BY_NAME
from ..terms import Terms

FINITE = frozenset({"MOVING_AVERAGE_CROSS", "BOLLINGER_BANDS", "VOLUME_BREAKOUT", "TREND_FOLLOWING"})
"""Rules whose signal depends on the last `bars_needed` bars alone. The others are recursive: their
averages remember the first bar for ever, so that without it they rightly are other numbers."""

CUTS_SPREAD = 8
CUTS_AT_CHANGES = 32
EXECUTIONS = ("close", "next_open")

SIGNALS = "signals without the future"
POSITIONS = "positions without the future"
MOVED = "signals moved in time by one bar"
DROPPED = "signals without the first bar"
CHECKS = {
    SIGNALS: "the signals of the first k bars alone are the first k signals of all bars",
    POSITIONS: "so are the positions, long and short, filled at the close and at the next open",
    MOVED: "with every bar's time moved to the next bar's, each signal moves by one bar",
    DROPPED: "without the first bar, every signal after the warm-up is the same",
}
"""What is compared, and what must hold."""


@dataclass(frozen=True, slots=True)
class LookAhead:
    """The first bar of a check at which two answers differ that must not.

    `bars_known` is how many bars the engine was given for `found`; `expected` is what it says of
    `bar` when it is given all of them.
    """

    check: str
    bars_known: int
    bar: int
    expected: float
    found: float


@dataclass(frozen=True, slots=True)
class Audit:
    """What was checked, and every finding; without one the engine is clean as far as this data shows."""

    bars: int
    signals: int
    cuts: tuple[int, ...]
    checks: tuple[str, ...]
    findings: tuple[LookAhead, ...]


def audit(engine: Engine, bars: Bars, rule_type: str, params: Mapping[str, int | float]) -> Audit:
    """Return the audit of a rule (its canonical name, with every parameter) on at least two bars.

    A peek shows where a signal changes: an honest engine sees that on the bar itself, when it is the
    last one it is given. So histories end with bars at which the signal changes, besides some spread
    over the range.
    """
    whole = engine.signals(bars, rule_type, params).tolist()
    cuts = _cuts(whole)
    findings: list[LookAhead] = []

    def compare(
        check: str, known: int, expected: Sequence[float], found: Sequence[float], first: int = 0
    ) -> None:
        """Note the first difference; entry 0 of both belongs to the bar `first`."""
        if len(expected) != len(found):
            findings.append(LookAhead(check, known, first, len(expected), len(found)))
            return
        for bar, (right, said) in enumerate(zip(expected, found, strict=True), first):
            if right != said:
                findings.append(LookAhead(check, known, bar, right, said))
                return

    for cut in cuts:
        found = engine.signals(part(bars, 0, cut), rule_type, params).tolist()
        compare(SIGNALS, cut, whole[:cut], found)
    for execution in EXECUTIONS:
        terms = Terms(rule_type, params, 1e6, 0.001, 0.0, "percent", 25.0, "longshort", execution)
        positions = engine.run(bars, terms).position.tolist()
        for cut in cuts:
            found = engine.run(part(bars, 0, cut), terms).position.tolist()
            compare(POSITIONS, cut, positions[:cut], found)
    last = len(bars) - 1
    moved = part(bars, 0, last)
    moved = Bars(bars.time[1:], moved.open, moved.high, moved.low, moved.close, moved.volume)
    compare(MOVED, last, whole[:-1], engine.signals(moved, rule_type, params).tolist())
    if rule_type in FINITE:
        warm = RULES_BY_NAME[rule_type].bars_needed(params)
        found = engine.signals(part(bars, 1, len(bars)), rule_type, params).tolist()
        compare(DROPPED, last, whole[warm:], found[warm - 1 :], warm)
    checks = tuple(check for check in CHECKS if check != DROPPED or rule_type in FINITE)
    return Audit(len(bars), sum(map(bool, whole)), cuts, checks, tuple(findings))


def part(bars: Bars, first: int, stop: int) -> Bars:
    """Return the bars from `first` to before `stop`, without copying them."""
    return Bars(
        bars.time[first:stop],
        bars.open[first:stop],
        bars.high[first:stop],
        bars.low[first:stop],
        bars.close[first:stop],
        bars.volume[first:stop],
    )


def _cuts(signals: list[int]) -> tuple[int, ...]:
    """Return lengths of histories: some spread evenly, some that end with a bar of a changed signal."""
    count = len(signals)
    changes = [bar + 1 for bar in range(1, count) if signals[bar] != signals[bar - 1]]
    spread = [count * number // (CUTS_SPREAD + 1) for number in range(1, CUTS_SPREAD + 1)]
    return tuple(sorted({1, count - 1, *_some(changes), *spread} & set(range(1, count))))


def _some(changes: list[int]) -> list[int]:
    """Return at most CUTS_AT_CHANGES of them, from the first to the last, evenly."""
    count = len(changes)
    if count <= CUTS_AT_CHANGES:
        return changes
    return [changes[number * (count - 1) // (CUTS_AT_CHANGES - 1)] for number in range(CUTS_AT_CHANGES)]
