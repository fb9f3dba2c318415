"""A backtest request: read, validated as a whole, and turned into terms."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from .datasets import Dataset
from .errors import Problem
from .fields import FIELDS, FIELDS_BY_NAME, Field, check, shown
from .json_objects import json_object, repeated_fields
from .messages import Message
from .pin import Pin
from .problems import named
from .rules import RULES, RULES_BY_NAME, Parameter, Rule
from .terms import Terms

LARGEST_BODY = 64 * 1024
"""Bytes of the largest request that is read at all."""


@dataclass(frozen=True)  # without slots: what is made once is kept beside the fields
class BacktestRequest:
    """A valid request. `rule_type` and `params_text` are exactly as received.

    A run's request has the days that the run was pinned to, also where it came without.
    """

    ticker: str
    rule_type: str
    rule_id: str | None
    params_text: str
    start_date: date | None
    end_date: date | None
    initial_capital: float
    fee_rate: float
    slippage_bps: float
    size_type: str
    position_size: float
    direction: str
    timeframe: str
    execution: str
    engine: str
    priority: str = "single"
    reuse: bool = False

    @property
    def rule(self) -> Rule:
        """Return the rule that `rule_type` names, directly or by an alias."""
        return RULES_BY_NAME[self.rule_type]

    @cached_property
    def params(self) -> Mapping[str, int | float]:
        """Return the parameters that `params_text` gives."""
        given: dict[str, int | float] = json.loads(self.params_text)
        return given

    @cached_property
    def terms(self) -> Terms:
        """Return what the engine is told: defaults filled in, alias resolved.

        It is made when it is asked for: a list also shows runs of a rule that this version does not know.
        """
        return Terms(
            self.rule.name,
            self.rule.complete(self.params),
            self.initial_capital,
            self.fee_rate,
            self.slippage_bps,
            self.size_type,
            self.position_size,
            self.direction,
            self.execution,
        )


@dataclass(frozen=True, slots=True)
class RejectedRequest:
    """What could be read of a request that was not accepted; None is what could not."""

    ticker: str | None = None
    rule_type: str | None = None
    rule_id: str | None = None
    params_text: str | None = None
    start_date: date | None = None
    end_date: date | None = None
    initial_capital: float | None = None
    fee_rate: float | None = None
    slippage_bps: float | None = None
    size_type: str | None = None
    position_size: float | None = None
    direction: str | None = None
    timeframe: str | None = None
    execution: str | None = None
    engine: str = "legacy"
    priority: str = "single"
    reuse: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What a request's text says: every valid field, and every problem. No problem: a valid request."""

    text: str
    values: Mapping[str, Any]
    params_text: str | None
    problems: tuple[Problem, ...]

    def request(self) -> BacktestRequest:
        """Return the request; only for a reading without problems."""
        values = dict(self.values)
        params = values.pop("params")
        request = BacktestRequest(**values, params_text=self.params_text or "{}")
        vars(request)["params"] = params  # the text was parsed to make this reading, and is not again
        return request

    def pinned(self, dataset: Dataset) -> tuple[BacktestRequest, Pin]:
        """Return the request as it runs on `dataset`; only for a reading without problems."""
        first = self.values["start_date"] or dataset.first
        last = self.values["end_date"] or dataset.last
        settled = replace(self, values={**self.values, "start_date": first, "end_date": last})
        request = settled.request()
        return request, Pin(dataset.data_hash, dataset.adjusted, first, last, request.timeframe)

    def rejected(self) -> RejectedRequest:
        """Return what could be read of a request that is not accepted."""
        values = {name: value for name, value in self.values.items() if name != "params"}
        return RejectedRequest(**values, params_text=self.params_text)


def read_request(text: str) -> Reading:
    """Read a request from JSON text, never raising: all problems are in the reading."""
    try:
        members = _members(text)
    except (ValueError, RecursionError) as error:
        detail = getattr(error, "msg", None) or "it cannot be read"
        return Reading(text, {}, None, (Problem.of("body", Message("INVALID_JSON.detail", detail=detail)),))
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    given = json_object([(name, value) for name, value, _ in members])
    problems += repeated_fields(given)
    for name in given:
        if name not in FIELDS_BY_NAME:
            message = Message("UNKNOWN_FIELD.backtest")
            problems.append(Problem.of(named(name), message, list(FIELDS_BY_NAME)))
    for field in FIELDS:
        _read_field(field, given, values, problems)
    problems += repeated_fields(given.get("params"), "params.")
    raw = {name: raw for name, _, raw in members}
    if "rule_type" in values or isinstance(given.get("params"), dict):
        _check_rule(values, problems)
    _check_together(values, given, problems)
    params_text = raw["params"] if isinstance(given.get("params"), dict) else None
    return Reading(text, values, params_text, tuple(problems))


def _read_field(
    field: Field, given: Mapping[str, object], values: dict[str, Any], problems: list[Problem]
) -> None:
    if field.name not in given:
        if field.required:
            problems.append(Problem.of(field.name, Message("REQUIRED"), field.allowed))
        else:
            values[field.name] = {} if field.kind == "object" else field.default
            if field.kind == "number":
                values[field.name] = float(field.default)
        return
    value, problem = check(field, given[field.name])
    if problem is None:
        values[field.name] = value
    else:
        problems.append(problem)


def _check_rule(values: dict[str, Any], problems: list[Problem]) -> None:
    rule = RULES_BY_NAME.get(values.get("rule_type", ""))
    if rule is None:
        if "rule_type" in values:
            wrong = values.pop("rule_type")
            names = [r.name for r in RULES]
            message = Message("NOT_ALLOWED.choice", names=", ".join(names), value=shown(wrong))
            problems.append(Problem.of("rule_type", message, names))
        return
    found = check_params(rule, values.get("params", {}))
    if found:
        values.pop("params", None)
    problems.extend(found)


def check_params(rule: Rule, params: Mapping[str, object]) -> list[Problem]:
    """Return every problem of `params` for `rule`: unknown names, types, limits and relations."""
    problems = [
        Problem.of(f"params.{named(name)}", Message("UNKNOWN_FIELD.rule", name=rule.name), list(rule.by_name))
        for name in params
        if name not in rule.by_name
    ]
    valid: dict[str, int | float] = {}
    for parameter in rule.parameters:
        if parameter.name in params:
            value, problem = check(
                as_field(parameter), params[parameter.name], name=f"params.{parameter.name}"
            )
            if problem is None:
                valid[parameter.name] = value
            else:
                problems.append(problem)
        else:
            valid[parameter.name] = parameter.default
    for smaller, larger in rule.relations:
        if smaller in valid and larger in valid and not valid[smaller] < valid[larger]:
            name, other, code = (
                (smaller, larger, "RELATION.below")
                if smaller in params
                else (larger, smaller, "RELATION.above")
            )
            message = Message(code, other=other, limit=f"{valid[other]:g}", value=f"{valid[name]:g}")
            problems.append(Problem.of(f"params.{name}", message, [f"{smaller} < {larger}"]))
    return problems


def as_field(parameter: Parameter) -> Field:
    """Return a rule's parameter as a field."""
    return Field(
        parameter.name,
        parameter.kind,
        parameter.description,
        parameter.default,
        minimum=parameter.minimum,
        maximum=parameter.maximum,
    )


def _check_together(values: dict[str, Any], given: Mapping[str, object], problems: list[Problem]) -> None:
    start, end = values.get("start_date"), values.get("end_date")
    if start is not None and end is not None and start > end:
        message = Message("OUT_OF_RANGE.order", start=start.isoformat(), end=end.isoformat())
        problems.append(Problem.of("start_date", message, {"maximum": end.isoformat()}))
    if values.get("size_type") == "percent" and values.get("position_size", 0) > 100:
        wrong = values.pop("position_size")
        message = Message("OUT_OF_RANGE.percent", value=f"{wrong:g}")
        problems.append(Problem.of("position_size", message, {"above": 0, "maximum": 100}))
    if values.get("size_type") == "value" and "position_size" not in given:
        values.pop("position_size", None)
        limits = {"above": 0, "maximum": FIELDS_BY_NAME["position_size"].maximum}
        problems.append(Problem.of("position_size", Message("REQUIRED.money"), limits))


def _members(text: str) -> list[tuple[str, object, str]]:
    """Return (name, value, text as received) of a JSON object's members, repeated ones included.

    Raises ValueError or RecursionError for what is no JSON object.
    """
    decoder = json.JSONDecoder(object_pairs_hook=json_object)
    if not isinstance(decoder.decode(text), dict):
        raise ValueError("it is not an object")
    members: list[tuple[str, object, str]] = []
    space = " \t\n\r"
    at = text.index("{") + 1

    def skip(at: int, also: str = "") -> int:
        while text[at] in space or text[at] in also:
            at += 1
        return at

    at = skip(at)
    while text[at] != "}":
        name, at = decoder.raw_decode(text, at)
        start = skip(at, ":")
        value, at = decoder.raw_decode(text, start)
        members.append((name, value, text[start:at]))
        at = skip(at, ",")
    return members


def readable_json(text: str | None) -> Any:
    """Return JSON `text` for showing: what JSON has no number for becomes text. None gives None."""
    if text is None:
        return None

    def number(token: str) -> float | str:
        value = float(token)
        return value if abs(value) != float("inf") else token

    try:
        return json.loads(text, parse_constant=str, parse_float=number)
    except (ValueError, RecursionError):
        return None
