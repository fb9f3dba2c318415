"""Reading what comes in: JSON and forms, with their limits."""

import json
from typing import Any

from flask import request
from stockbt_domain.errors import InvalidInput, Problem
from stockbt_domain.fields import FIELDS_BY_NAME, typed
from stockbt_domain.json_objects import read_json
from stockbt_domain.messages import Message
from stockbt_domain.problems import bounded, named
from stockbt_domain.request import LARGEST_BODY
from stockbt_domain.rules import RULES_BY_NAME
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import UnsupportedMediaType

from .text.languages import N_

FORM = "application/x-www-form-urlencoded"


def json_text(largest: int = LARGEST_BODY) -> str:
    """Return the body's text as received. Raises 413 and 415; bytes that are no UTF-8 are replaced."""
    if not request.is_json:
        raise UnsupportedMediaType(N_("Send the request as application/json."))
    request.max_content_length = largest
    return request.get_data(cache=False).decode("utf-8", errors="replace")


def json_object(largest: int = LARGEST_BODY) -> Any:
    """Return the body's JSON value. Raises InvalidInput, 413 and 415."""
    try:
        return read_json(json_text(largest))
    except (ValueError, RecursionError) as error:
        raise InvalidInput((Problem.of("body", Message("INVALID_JSON")),)) from error


def form_text(form: MultiDict[str, str]) -> str:
    """Return a submitted form as the JSON text that a program would have sent.

    An empty field counts as left out; of the `params.` fields only the chosen rule's are taken.
    """
    rule = RULES_BY_NAME.get(form.get("rule_type", ""))
    body: dict[str, Any] = {}
    params: dict[str, Any] = {}
    for name, text in form.items():
        text = text.strip()
        if name.startswith("params."):
            parameter = rule.by_name.get(name.removeprefix("params.")) if rule else None
            if parameter is not None and text:
                params[parameter.name] = typed(parameter.kind, text)
        elif text:
            field = FIELDS_BY_NAME.get(name)
            body[name] = typed(field.kind, text) if field else text
    return json.dumps({**body, "params": params}, ensure_ascii=False)


def query(allowed: tuple[str, ...]) -> dict[str, str]:
    """Return the query's parameters. Raises InvalidInput for unknown, repeated and empty ones: each of them
    may be a slip, and a list without its filter looks like one with it."""
    unknown = Message("UNKNOWN_FIELD.call")
    problems = []
    for name, values in request.args.lists():
        if name not in allowed:
            problems.append(Problem.of(named(name), unknown, list(allowed)))
        elif len(values) > 1:
            problems.append(Problem.of(name, Message("REPEATED_FIELD")))
        elif not values[0]:
            problems.append(Problem.of(name, Message("REQUIRED.text")))
    if problems:
        raise InvalidInput(bounded(problems))
    return request.args.to_dict()


def whole_number(args: dict[str, str], name: str, default: int, minimum: int, maximum: int) -> int:
    """Return a query parameter as a whole number. Raises InvalidInput outside its limits."""
    text = args.get(name, str(default))
    digits = text.removeprefix("-")
    value = int(text) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None
    if value is None or not minimum <= value <= maximum:
        limits = {"minimum": minimum, "maximum": maximum}
        raise InvalidInput((Problem.of(name, Message("OUT_OF_RANGE.whole_number", **limits), limits),))
    return value
