"""What people write on a run: tags and a note. Kept apart from the result, and part of no hash."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import InvalidInput, Problem

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
        raise InvalidInput((Problem("body", "INVALID_JSON", "must be a JSON object"),))
    allowed = ["tags", "note"]
    problems = [
        Problem(str(name), "UNKNOWN_FIELD", "is not a field of an annotation", allowed)
        for name in value
        if name not in allowed
    ]
    tags, note = value.get("tags", []), value.get("note", "")
    problems += _tag_problems(tags)
    if not isinstance(note, str):
        problems.append(Problem("note", "WRONG_TYPE", "must be a text"))
    elif len(note) > LONGEST_NOTE:
        limit = {"maximum": LONGEST_NOTE}
        problems.append(Problem("note", "TOO_LONG", f"must have at most {LONGEST_NOTE:,} characters", limit))
    elif not all(letter.isprintable() or letter in "\n\t" for letter in note.replace("\r\n", "\n")):
        problems.append(Problem("note", "NOT_ALLOWED", "must have no control characters but line ends"))
    if problems:
        raise InvalidInput(tuple(problems))
    return Annotation(tuple(sorted({tag.strip() for tag in tags})), note.replace("\r\n", "\n").strip())


def _tag_problems(tags: Any) -> list[Problem]:
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        return [Problem("tags", "WRONG_TYPE", "must be a list of texts")]
    if len(tags) > MOST_TAGS:
        return [Problem("tags", "TOO_MANY", f"must be at most {MOST_TAGS}", {"maximum": MOST_TAGS})]
    sentence = f"must have 1 to {LONGEST_TAG} printable characters and no comma"
    return [
        Problem(f"tags[{place}]", "NOT_ALLOWED", sentence, {"minimum": 1, "maximum": LONGEST_TAG})
        for place, tag in enumerate(tags)
        if not 0 < len(tag.strip()) <= LONGEST_TAG or not tag.strip().isprintable() or "," in tag
    ]
