"""Sentences that come out of the database in the reader's language.

Rows keep why a run failed, why it went on and what is odd in its data as English text: these are columns
that people read, a hash covers the reasons, and the version before this one reads no finding with more in
it. What such a sentence is made of is read from the text, by the templates of the code that the row names.
The problems of a request are not: the request itself is on the row, and is read again. A caveat of today
keeps its values beside its text; only those of earlier rows are read like the others.
"""

import re
from collections.abc import Iterator

from stockbt_domain.datasets import Finding
from stockbt_domain.messages import Message
from stockbt_domain.messages.reading import read
from stockbt_domain.problems import LONGEST_MESSAGE
from stockbt_domain.request import read_request
from stockbt_domain.result import Caveat
from stockbt_domain.run import Run, RunEvent, Status

from .languages import DEFAULT, language
from .wording import said

_OF_A_REQUEST = ("INVALID_PARAMS", "NO_DATA_IN_RANGE")
_OF_DATA = (
    ("ticker", "UNKNOWN_TICKER"),
    ("timeframe", "NOT_ALLOWED"),
    ("start_date", "NO_DATA_IN_RANGE"),
    ("end_date", "NO_DATA_IN_RANGE"),
    ("engine", "NOT_ALLOWED"),
    ("body", "MORE_PROBLEMS"),
)
"""Fields and codes of the problems that a request has with the data and engines there were, not by itself.
No text in them is the user's own: ticker and timeframe were valid."""


def said_of_run(run: Run) -> str:
    """Return why a run failed."""
    return _failure(run.end.error_message or "", run.end.error_code or "", run)


def said_of_event(event: RunEvent, run: Run) -> str:
    """Return why a run went on or ended; the reason of a failure has its code first."""
    code, colon, sentence = event.reason.partition(": ")
    if event.to_status is Status.FAILED and colon:
        return f"{code}: {_failure(sentence, code, run)}"
    return _said(event.reason, "EVENT")


def said_of_caveat(caveat: Caveat) -> str:
    """Return a limitation of a result."""
    of_data = caveat.code.removeprefix("DATA_")
    if of_data != caveat.code:
        return _said(caveat.message, "DATA", "FINDING", of_data)
    return _said(caveat.message, caveat.code)


def said_of_finding(finding: Finding) -> str:
    """Return what is odd in a dataset."""
    return _said(finding.message, "FINDING", finding.code)


def _said(text: str, kind: str, *within: str) -> str:
    return said(_message(text, kind, *within) or text)


def _message(text: str, kind: str, *within: str) -> Message | None:
    """Return the message that `text` is; None where it is none, or is shown as it was written anyway."""
    if isinstance(text, Message):
        return text
    # What is longer was stored when that was possible: finding out what it is made of would take too long.
    known = language() != DEFAULT and len(text) <= LONGEST_MESSAGE
    return read(text, kind, *within) if known else None


def _failure(sentence: str, code: str, run: Run) -> str:
    message = _message(sentence, code)
    known = language() != DEFAULT and len(sentence) <= LONGEST_MESSAGE
    if message is None and code in _OF_A_REQUEST and known:
        return "; ".join(_problems(sentence, run.request_text))
    return said(message or sentence)


def _problems(text: str, request_text: str) -> Iterator[str]:
    """Yield the problems of a refused request; what is none of today's is the end, and stays as it is."""
    for problem in read_request(request_text).problems:
        english = f"{problem.field} {problem.message}"
        if text == english or text.startswith(f"{english}; "):
            yield f"{problem.field} {said(problem.message)}"
            text = text[len(english) :].removeprefix("; ")
    while text:
        translated, length = _problem_of_data(text)
        yield translated
        text = text[length:].removeprefix("; ")


def _problem_of_data(text: str) -> tuple[str, int]:
    """Return the first problem of `text` and how long it is there; a sentence may have a semicolon itself."""
    ends = [found.start() for found in re.finditer("; ", text)] + [len(text)]
    for field, code in _OF_DATA:
        for end in ends if text.startswith(f"{field} ") else ():
            message = _message(text[len(field) + 1 : end], code)
            if message is not None:
                return f"{field} {said(message)}", end
    return text, len(text)
