"""Keep, list and delete presets."""

from collections.abc import Mapping
from typing import Any

from ..errors import InvalidInput, Problem
from ..fields import FIELDS_BY_NAME, TRADING_FIELDS, Field, check
from ..json_objects import repeated_fields
from ..messages import Message
from ..ports.clock import Clock
from ..ports.id_generator import IdGenerator
from ..ports.preset_repository import PresetRepository
from ..presets import Preset
from ..problems import bounded, named
from ..request import check_params
from ..rules import RULES_BY_NAME

NAME = Field("name", "string", "A name of its own for the preset.", required=True, max_length=128)
PRESET_FIELDS: tuple[Field, ...] = (
    NAME,
    FIELDS_BY_NAME["rule_type"],
    FIELDS_BY_NAME["params"],
    *(FIELDS_BY_NAME[name] for name in (*TRADING_FIELDS, "engine")),
)
"""Every field of `POST /api/strategies`."""

_NAMES = frozenset(field.name for field in PRESET_FIELDS)


def save_preset(body: object, *, presets: PresetRepository, clock: Clock, ids: IdGenerator) -> Preset:
    """Check and store a preset. Raises InvalidInput with every problem, PresetNameTaken."""
    if not isinstance(body, Mapping):
        raise InvalidInput((Problem.of("body", Message("INVALID_JSON")),))
    problems = repeated_fields(body) + repeated_fields(body.get("params"), "params.")
    problems += [
        Problem.of(named(name), Message("UNKNOWN_FIELD.preset"), [f.name for f in PRESET_FIELDS])
        for name in body
        if name not in _NAMES
    ]
    for field in PRESET_FIELDS:
        if field.name in body:
            _, problem = check(field, body[field.name])
            problems.extend([problem] if problem else [])
        elif field.required:
            problems.append(Problem.of(field.name, Message("REQUIRED")))
    problems.extend(_rule_problems(body))
    if problems:
        raise InvalidInput(bounded(problems))
    fields: dict[str, Any] = {name: value for name, value in body.items() if name != "name"}
    preset = Preset(ids.new_id(), body["name"], fields, clock.now())
    presets.add(preset)
    return preset


def _rule_problems(body: Mapping[str, Any]) -> list[Problem]:
    name, params = body.get("rule_type"), body.get("params", {})
    if not isinstance(name, str) or not name:
        return []
    rule = RULES_BY_NAME.get(name)
    if rule is None:
        allowed = sorted({r.name for r in RULES_BY_NAME.values()})
        return [Problem.of("rule_type", Message("NOT_ALLOWED.names", names=", ".join(allowed)), allowed)]
    return check_params(rule, params) if isinstance(params, Mapping) else []
