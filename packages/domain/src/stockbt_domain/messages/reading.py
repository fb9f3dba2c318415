"""The way back from a sentence to what it is made of, for what was kept as text alone.

Only the sentences of a known public code are tried, so that nothing else in the text, such as a name that a
user chose, can make it look like another sentence.
"""

import re
from functools import cache

from .catalogue import CATALOGUE, PARTS
from .message import Message, kind_of

_HOLE = re.compile(r"%\((\w+)\)s")


def read(text: str, kind: str, *within: str) -> Message | None:
    """Return the message of the public code `kind` whose English text this is, None where there is none.

    Its parts are read with it: those of `kind`, and the messages of the codes `within`.
    """
    return _read(text, _sentences(kind), _all_of((kind, *within)))


_Pattern = tuple[str, re.Pattern[str]]


def _read(text: str, patterns: tuple[_Pattern, ...], parts: tuple[_Pattern, ...]) -> Message | None:
    for code, pattern in patterns:
        found = pattern.fullmatch(text)
        if found:
            values = {name: _read(value, parts, parts) or value for name, value in found.groupdict().items()}
            return Message(code, **values)
    return None


@cache
def _sentences(kind: str) -> tuple[_Pattern, ...]:
    return tuple(pattern for pattern in _all_of((kind,)) if pattern[0] not in PARTS)


@cache
def _all_of(kinds: tuple[str, ...]) -> tuple[_Pattern, ...]:
    """Return each code of these kinds with the pattern of its sentences, the longest wording first."""
    codes = [code for code in CATALOGUE if kind_of(code) in kinds]
    codes.sort(key=lambda code: -len(_HOLE.sub("", CATALOGUE[code])))
    return tuple((code, _pattern(CATALOGUE[code])) for code in codes)


def _pattern(template: str) -> re.Pattern[str]:
    pieces = _HOLE.split(template)
    for place, piece in enumerate(pieces):
        is_name = place % 2
        pieces[place] = f"(?P<{piece}>.*?)" if is_name else re.escape(piece.replace("%%", "%"))
    return re.compile("".join(pieces), re.DOTALL)
