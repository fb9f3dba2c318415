"""The fields of a backtest request as data: what validates requests also documents them."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from .datasets import TIMEFRAMES
from .errors import Problem
from .messages import Message

LARGEST_MONEY = 1e12
TICKER = re.compile(r"[A-Za-z0-9][A-Za-z0-9.^=_-]{0,31}")
ENGINE_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_TRUTH = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `kind` is string, choice, number, integer, boolean, date or object.

    The limits are included, but for `above`, which is not. `default` None means that the field may be
    left out; `nullable` that it may be null as well.
    """

    name: str
    kind: str
    description: str
    default: Any = None
    required: bool = False
    nullable: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    max_length: int | None = None
    pattern: re.Pattern[str] | None = None

    @property
    def allowed(self) -> Any:
        """Return the allowed values as a problem carries them: a list, limits, or None for free text."""
        if self.kind == "choice":
            return list(self.choices)
        if self.kind == "boolean":
            return [True, False]
        limits = {"above": self.above, "minimum": self.minimum, "maximum": self.maximum}
        return {name: limit for name, limit in limits.items() if limit is not None} or None


FIELDS: tuple[Field, ...] = (
    Field(
        "ticker",
        "string",
        "Instrument to test; `GET /api/datasets` lists them.",
        required=True,
        max_length=32,
        pattern=TICKER,
    ),
    Field("rule_type", "string", "Trading rule; `GET /api/rules` lists them.", required=True, max_length=64),
    Field("params", "object", "Parameters of the rule; missing ones take the rule's default."),
    Field("start_date", "date", "First day, included. Default: the data's first.", nullable=True),
    Field("end_date", "date", "Last day, included. Default: the data's last.", nullable=True),
    Field("initial_capital", "number", "Money at the start.", 100_000, above=0, maximum=LARGEST_MONEY),
    Field(
        "fee_rate", "number", "Fee as a fraction of traded value, each side.", 0.001, minimum=0, maximum=0.5
    ),
    Field(
        "slippage_bps",
        "number",
        "Slippage in basis points of the price, each side.",
        0,
        minimum=0,
        maximum=5000,
    ),
    Field("size_type", "choice", "How position_size is meant.", "percent", choices=("percent", "value")),
    Field(
        "position_size",
        "number",
        "Percent of cash (above 0, at most 100) or money per trade.",
        100,
        above=0,
        maximum=LARGEST_MONEY,
    ),
    Field(
        "direction",
        "choice",
        "Long trades only, or short ones too.",
        "longonly",
        choices=("longonly", "longshort"),
    ),
    Field("timeframe", "choice", "Length of a bar.", "1d", choices=TIMEFRAMES),
    Field(
        "execution",
        "choice",
        "Fill at the signal bar's close or at the next bar's open.",
        "close",
        choices=("close", "next_open"),
    ),
    Field(
        "engine",
        "string",
        "Engine that computes the run.",
        "legacy",
        max_length=32,
        pattern=ENGINE_NAME,
    ),
    Field(
        "rule_id", "string", "A label of your own, such as a preset's name.", nullable=True, max_length=128
    ),
    Field(
        "priority",
        "choice",
        "Place in the line when there is no room: a bulk run lets ten minutes of single ones pass.",
        "single",
        choices=("single", "bulk"),
    ),
    Field(
        "reuse",
        "boolean",
        "Answer from an identical run that succeeded, or wait for one that is under way.",
        False,
    ),
)
"""Every field of `POST /run_backtest`, in the order of the documents."""

FIELDS_BY_NAME: Mapping[str, Field] = MappingProxyType({f.name: f for f in FIELDS})
TRADING_FIELDS: tuple[str, ...] = tuple(
    f.name
    for f in FIELDS
    if f.name not in ("ticker", "rule_type", "params", "rule_id", "engine", "priority", "reuse")
)
"""The fields that a preset may fix beside rule and parameters."""


def shown(value: object) -> str:
    """Return `value` for a message: short, printable ASCII."""
    text = ascii(value)
    return text if len(text) <= 60 else text[:57] + "..."


def check(field: Field, value: object, *, name: str | None = None) -> tuple[Any, Problem | None]:
    """Return (value in its type, None) or (None, the problem) for one field's value."""
    name = name or field.name
    if value is None and field.nullable:
        return None, None
    if field.kind in ("number", "integer"):
        return _number(field, value, name)
    if field.kind == "object":
        if isinstance(value, dict):
            return value, None
        return None, Problem.of(name, Message("WRONG_TYPE.object", value=shown(value)))
    if field.kind == "boolean":
        if isinstance(value, bool):
            return value, None
        return None, Problem.of(name, Message("WRONG_TYPE.boolean", value=shown(value)), field.allowed)
    if not isinstance(value, str):
        return None, Problem.of(name, Message("WRONG_TYPE.string", value=shown(value)), field.allowed)
    if field.kind == "choice":
        if value in field.choices:
            return value, None
        message = Message("NOT_ALLOWED.choice", names=", ".join(field.choices), value=shown(value))
        return None, Problem.of(name, message, field.allowed)
    if field.kind == "date":
        return _date(value, name)
    return _text(field, value, name)


def _number(field: Field, value: object, name: str) -> tuple[Any, Problem | None]:
    whole = field.kind == "integer"
    not_a_number = Message("WRONG_TYPE.integer" if whole else "WRONG_TYPE.number", value=shown(value))
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None, Problem.of(name, not_a_number, field.allowed)
    if isinstance(value, float) and not math.isfinite(value):
        return None, Problem.of(name, Message("NOT_FINITE", value=shown(value)), field.allowed)
    if whole and value != int(value):
        return None, Problem.of(name, not_a_number, field.allowed)
    low = field.minimum is not None and value < field.minimum
    if (
        low
        or (field.above is not None and value <= field.above)
        or (field.maximum is not None and value > field.maximum)
    ):
        message = Message("OUT_OF_RANGE", range=_range(field), value=shown(value))
        return None, Problem.of(name, message, field.allowed)
    return (int(value) if whole else float(value)), None


def _range(field: Field) -> Message:
    if field.above is not None:
        return Message("OUT_OF_RANGE.above", minimum=f"{field.above:g}", maximum=f"{field.maximum:.15g}")
    return Message("OUT_OF_RANGE.at_least", minimum=f"{field.minimum:g}", maximum=f"{field.maximum:.15g}")


def _date(value: str, name: str) -> tuple[date | None, Problem | None]:
    try:
        if _ISO_DATE.fullmatch(value):
            return date.fromisoformat(value), None
    except ValueError:
        pass  # 2023-02-30: the right form, but no day of the calendar
    return None, Problem.of(name, Message("BAD_DATE", value=shown(value)))


def _text(field: Field, value: str, name: str) -> tuple[str | None, Problem | None]:
    if field.required and not value:
        return None, Problem.of(name, Message("REQUIRED.text"))
    if field.max_length is not None and len(value) > field.max_length:
        message = Message("TOO_LONG", maximum=field.max_length, count=len(value))
        return None, Problem.of(name, message, {"maximum": field.max_length})
    if not value.isprintable():
        return None, Problem.of(name, Message("NOT_ALLOWED.unprintable", value=shown(value)))
    if field.pattern is not None and not field.pattern.fullmatch(value):
        message = Message("NOT_ALLOWED.pattern", pattern=field.pattern.pattern, value=shown(value))
        return None, Problem.of(name, message)
    return value, None


def typed(kind: str, text: str) -> object:
    """Return the value that a form's or command line's `text` stands for; the text itself if none."""
    if kind == "integer" or kind == "number":
        try:
            return int(text)
        except ValueError:
            try:
                return float(text)
            except ValueError:
                return text
    if kind == "boolean":
        return _TRUTH.get(text.lower(), text)
    return text
