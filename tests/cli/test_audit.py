"""`stockbt audit`: clean, caught, or refused."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import stockbt_runtime.engines
from stockbt_domain.bars import Bars
from stockbt_domain.rules import RULES
from stockbt_engine_legacy import LegacyEngine

from .conftest import Stockbt


class Peeking(LegacyEngine):
    """Knows tomorrow's signal today."""

    def signals(self, bars: Bars, rule_type: str, params: Mapping[str, int | float]) -> memoryview:  # type: ignore[override]
        """Return every signal one bar early."""
        signals = np.asarray(super().signals(bars, rule_type, params))
        return memoryview(np.append(signals[1:], signals[-1:]))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_is_clean_on_the_sample(stockbt: Stockbt, rule: object) -> None:
    """Exit code 0, and a document that says what was checked."""
    answer = stockbt("audit", rule.name, "--json")  # type: ignore[attr-defined]

    assert answer.code == 0
    document = answer.document
    assert (document["clean"], document["findings"], document["ticker"]) == (True, [], "SP500")
    assert document["bars"] > 5_000
    assert len(document["cuts"]) > 9
    assert len(document["checks"]) >= 3


def test_people_read_what_was_checked(stockbt: Stockbt) -> None:
    """Without --json it is a few lines that end in the verdict; aliases and parameters are taken."""
    answer = stockbt("audit", "MA_CROSS", "--param", "fast_period=5", "--ticker", "NASDAQ")

    assert answer.code == 0
    assert "MOVING_AVERAGE_CROSS (fast_period 5, slow_period 50)" in answer.out
    assert answer.out.splitlines()[-1].endswith("clean: no look-ahead found")


def test_look_ahead_exits_with_1(stockbt: Stockbt, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cheating engine is named with the first bar that gives it away."""
    monkeypatch.setattr(stockbt_runtime.engines, "load_engine", lambda name: Peeking())
    answer = stockbt("audit", "MACD")
    document = stockbt("audit", "MACD", "--json").document

    assert answer.code == 1
    assert "LOOK-AHEAD" in answer.out
    assert document["clean"] is False
    assert document["findings"][0]["check"] == "signals without the future"
    assert document["findings"][0]["bar"] == document["findings"][0]["bars_known"] - 1
    assert document["findings"][0]["time"].startswith(("1999", "2"))


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("ASTROLOGY",),
        ("RSI", "--param", "period=1"),
        ("RSI", "--param", "period"),
        ("RSI", "--param", "phase=2"),
        ("RSI", "--ticker", "NOBODY"),
        ("RSI", "--ticker", ""),
        ("RSI", "--engine", "steam"),
        ("RSI", "--param", "period=3", "--param", "period=4"),
    ],
)
def test_bad_input_exits_with_2(stockbt: Stockbt, words: tuple[str, ...]) -> None:
    """Whatever is wrong is said, and nothing is computed."""
    answer = stockbt("audit", *words)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err
    assert stockbt("audit", *words, "--json").document["exit_code"] == 2


def test_too_short_a_history_is_bad_input(stockbt: Stockbt, prices: Path) -> None:
    """A rule that cannot warm up cannot be audited."""
    assert stockbt("data", "import", prices, "--ticker", "SHORT").code == 0
    answer = stockbt("audit", "TREND_FOLLOWING", "--ticker", "SHORT")

    assert answer.code == 2
    assert "needs 201 bars" in answer.err
