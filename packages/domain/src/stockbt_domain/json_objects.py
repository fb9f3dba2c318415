"""JSON as it came: an object that says which of its names came more than once."""

import json
from typing import Any

from .errors import Problem
from .messages import Message
from .problems import named, repeated


class JsonObject(dict[str, Any]):
    """The members of a JSON object by name, the last of each; `repeated` are the names of several."""

    __slots__ = ("repeated",)
    repeated: tuple[str, ...]


def json_object(members: list[tuple[str, Any]]) -> JsonObject:
    """Return the object of these members, for a decoder's `object_pairs_hook`."""
    found = JsonObject(members)
    several = len(found) < len(members)
    found.repeated = tuple(repeated(name for name, _ in members)) if several else ()
    return found


def read_json(text: str) -> Any:
    """Return the value of JSON text. Raises ValueError and RecursionError."""
    return json.loads(text, object_pairs_hook=json_object)


def repeated_fields(value: object, within: str = "") -> list[Problem]:
    """Return a problem for each name that a JSON object has more than once; which one counts is unclear."""
    names = value.repeated if isinstance(value, JsonObject) else ()
    return [Problem.of(within + named(name), Message("REPEATED_FIELD")) for name in names]
