"""How much is said about a wrong input: as much as a person reads and a row should carry."""

from collections import Counter
from collections.abc import Iterable, Sequence

from .errors import Problem
from .fields import shown
from .messages import Message

MOST_PROBLEMS = 50
LONGEST_MESSAGE = 4096
"""Bytes of the longest message that is stored: every list of runs carries it."""

_LONGEST_NAME = 64
_ROOM_FOR_MORE = 96
"""Bytes of the sentence that says how many problems are not listed."""


def bounded(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Return at most MOST_PROBLEMS whose sentences fit into LONGEST_MESSAGE together; the last one says how
    many more there are."""
    kept: list[Problem] = []
    room = LONGEST_MESSAGE - _ROOM_FOR_MORE
    for problem in problems[:MOST_PROBLEMS]:
        room -= len(f"{problem.field} {problem.message}; ".encode("utf-8", "replace"))
        if room < 0:
            break
        kept.append(problem)
    if len(kept) == len(problems):
        return tuple(kept)
    kept = kept[: MOST_PROBLEMS - 1]
    more = Message("MORE_PROBLEMS", count=len(problems) - len(kept), kept=len(kept))
    return (*kept, Problem.of("body", more))


def shortened(message: str, *, longest: int = LONGEST_MESSAGE) -> str:
    """Return a message as it may be stored: one that is too long, and none of ours, ends in an ellipsis."""
    content = message.encode("utf-8", "surrogatepass")
    if len(content) <= longest:
        return message
    return content[: longest - 3].decode("utf-8", "ignore") + "…"


def named(name: str) -> str:
    """Return the name of a field that is not ours, for a problem: short and printable, never empty."""
    return name if name and name.isprintable() and len(name) <= _LONGEST_NAME else shown(name)


def repeated(names: Iterable[str]) -> list[str]:
    """Return the names that are there more than once, in order."""
    return sorted(name for name, count in Counter(names).items() if count > 1)
