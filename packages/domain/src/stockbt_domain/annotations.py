"""What people write on a run: tags and a note. Kept apart from the result, and part of no hash."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import InvalidInput, Problem
from .json_objects import repeated_fields
from .messages import Message
from .problems import bounded, named

MOST_TAGS = 20
LONGEST_TAG = 40
LONGEST_NOTE = 2000


@dataclass(frozen=True, slots=True)
class Annotation:
    """The tags of a run, each once and in order, and its note; both may be empty."""

    tags: tuple[str, ...] = ()
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return both fields as the API carries them."""
        return {"tags": list(self.tags), "note": self.note}


def read_annotation(value: Any) -> Annotation:
    """Return the annotation that a JSON value asks for; what is left out is empty.

    Raises InvalidInput with every problem.
    """
    if not isinstance(value, Mapping):
        raise InvalidInput((Problem.of("body", Message("INVALID_JSON")),))
    allowed = ["tags", "note"]
    problems = repeated_fields(value)
    problems += [
        Problem.of(named(name), Message("UNKNOWN_FIELD.annotation"), allowed)
        for name in value
        if name not in allowed
    ]
    tags, note = value.get("tags", []), value.get("note", "")
    problems += _tag_problems(tags)
    if not isinstance(note, str):
        problems.append(Problem.of("note", Message("WRONG_TYPE.note")))
    elif len(note) > LONGEST_NOTE:
        message = Message("TOO_LONG.note", maximum=f"{LONGEST_NOTE:,}")
        problems.append(Problem.of("note", message, {"maximum": LONGEST_NOTE}))
    elif not all(letter.isprintable() or letter in "\n\t" for letter in note.replace("\r\n", "\n")):
        problems.append(Problem.of("note", Message("NOT_ALLOWED.note")))
    if problems:
        raise InvalidInput(bounded(problems))
    return Annotation(tuple(sorted({tag.strip() for tag in tags})), note.replace("\r\n", "\n").strip())


def _tag_problems(tags: Any) -> list[Problem]:
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        return [Problem.of("tags", Message("WRONG_TYPE.tags"))]
    if len(tags) > MOST_TAGS:
        return [Problem.of("tags", Message("TOO_MANY", maximum=MOST_TAGS), {"maximum": MOST_TAGS})]
    message = Message("NOT_ALLOWED.tag", maximum=LONGEST_TAG)
    return [
        Problem.of(f"tags[{place}]", message, {"minimum": 1, "maximum": LONGEST_TAG})
        for place, tag in enumerate(tags)
        if not 0 < len(tag.strip()) <= LONGEST_TAG or not tag.strip().isprintable() or "," in tag
    ]
