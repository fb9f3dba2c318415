"""Requests: read as a whole, every problem at once, never an exception."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stockbt_domain.fields import FIELDS
from stockbt_domain.request import read_request, readable_json
from stockbt_domain.rules import RULES

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from([f.name for f in FIELDS])
WRONG = {
    "ticker": 5,
    "rule_type": [],
    "params": "fast",
    "start_date": "2023-02-30",
    "end_date": "yesterday",
    "initial_capital": 0,
    "fee_rate": -0.1,
    "slippage_bps": True,
    "size_type": "shares",
    "position_size": "all",
    "direction": "short",
    "timeframe": "1w",
    "execution": "open",
    "rule_id": "line\nbreak",
    "priority": "urgent",
    "reuse": "yes",
}


def codes(text: str) -> dict[str, str]:
    """Return the code of each problem by field."""
    return {problem.field: problem.code for problem in read_request(text).problems}


def with_fields(**fields: object) -> str:
    """Return a valid request with some fields set."""
    return json.dumps({"ticker": "AAPL", "rule_type": "RSI", **fields})


@given(st.text() | JSON.map(json.dumps) | st.dictionaries(NAMES, JSON, max_size=8).map(json.dumps))
def test_reading_never_raises_and_gives_a_request_or_problems(text: str) -> None:
    """Any text is either a valid request or has problems that name a field, a code and a sentence."""
    reading = read_request(text)

    if not reading.problems:
        assert reading.request().terms.params
    assert all(p.field and p.code and p.message for p in reading.problems)


@given(st.sets(st.sampled_from(sorted(WRONG)), min_size=1))
def test_every_wrong_field_is_reported_at_once(wrong: set[str]) -> None:
    """However many fields are wrong, each of them is named."""
    found = codes(with_fields(**{name: WRONG[name] for name in wrong}))

    assert wrong <= set(found)


def test_missing_fields_take_their_defaults() -> None:
    """Ticker and rule suffice."""
    request = read_request(with_fields()).request()

    assert request.initial_capital == 100_000
    assert request.fee_rate == 0.001
    assert (request.size_type, request.position_size) == ("percent", 100)
    assert (request.direction, request.timeframe, request.execution) == ("longonly", "1d", "close")
    assert request.terms.params == {"period": 14, "oversold": 30.0, "overbought": 70.0}


def test_params_are_kept_to_the_letter() -> None:
    """What was received is stored as received: spacing, number forms and order."""
    raw = '{"slow_period" : 5e1,\t"fast_period":2.0E1}'
    reading = read_request(f'{{"ticker":"AAPL","params":{raw},"rule_type":"MA_CROSS"}}')

    assert reading.problems == ()
    assert reading.request().params_text == raw
    assert reading.request().rule_type == "MA_CROSS"
    assert reading.request().terms.params == {"fast_period": 20, "slow_period": 50}


@pytest.mark.parametrize(
    ("text", "field", "code"),
    [
        ("", "body", "INVALID_JSON"),
        ("[]", "body", "INVALID_JSON"),
        ('{"ticker": "A"', "body", "INVALID_JSON"),
        ("[" * 50_000, "body", "INVALID_JSON"),
        ('{"ticker":"A","rule_type":"RSI","initial_capital":' + "9" * 5000 + "}", "body", "INVALID_JSON"),
        ('{"ticker":"A","ticker":"B","rule_type":"RSI"}', "ticker", "REPEATED_FIELD"),
        ('{"ticker":"A","rule_type":"RSI","fee_rate":NaN}', "fee_rate", "NOT_FINITE"),
        ('{"ticker":"A","rule_type":"RSI","fee_rate":1e999}', "fee_rate", "NOT_FINITE"),
        (with_fields(initial_capital=1e300), "initial_capital", "OUT_OF_RANGE"),
        (with_fields(position_size=101), "position_size", "OUT_OF_RANGE"),
        (with_fields(size_type="value"), "position_size", "REQUIRED"),
        (with_fields(start_date="2021-01-02", end_date="2021-01-01"), "start_date", "OUT_OF_RANGE"),
        (with_fields(leverage=3), "leverage", "UNKNOWN_FIELD"),
        (with_fields(ticker="../etc"), "ticker", "NOT_ALLOWED"),
        (with_fields(ticker="\ud800"), "ticker", "NOT_ALLOWED"),
        (with_fields(rule_id="x" * 129), "rule_id", "TOO_LONG"),
        (with_fields(params={"period": 1}), "params.period", "OUT_OF_RANGE"),
        (with_fields(params={"period": 14.5}), "params.period", "WRONG_TYPE"),
        (with_fields(params={"length": 14}), "params.length", "UNKNOWN_FIELD"),
        (with_fields(params={"oversold": 80}), "params.oversold", "RELATION"),
        (with_fields(rule_type="BUY_LOW"), "rule_type", "NOT_ALLOWED"),
    ],
)
def test_each_kind_of_mistake_has_its_code(text: str, field: str, code: str) -> None:
    """A program can tell mistakes apart by field and code."""
    assert codes(text)[field] == code


def test_a_problem_says_what_is_allowed() -> None:
    """A choice lists its values, a number its limits, a rule its peers."""
    problems = {
        p.field: p for p in read_request(with_fields(execution="open", fee_rate=2, rule_type="X")).problems
    }

    assert problems["execution"].allowed == ["close", "next_open"]
    assert problems["fee_rate"].allowed == {"minimum": 0, "maximum": 0.5}
    assert problems["rule_type"].allowed == [rule.name for rule in RULES]


@given(st.text() | JSON.map(json.dumps))
def test_what_was_received_can_always_be_shown(text: str) -> None:
    """The answer about a run is valid JSON, whatever its request contained."""
    assert json.dumps(readable_json(text), allow_nan=False)


def test_a_request_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its terms come from what was read, not from the text again."""
    reading = read_request(with_fields())
    monkeypatch.setattr("json.loads", lambda text: pytest.fail("parsed again"))

    assert reading.request().terms.rule_type == "RSI"
