"""A price file as the product reads it: what it is refused for are messages."""

from collections.abc import Iterable

from stockbt_domain.errors import InvalidInput, Problem
from stockbt_domain.messages.reading import read
from stockbt_domain.ports.bar_reader import PriceFile

from .csv_reader import read_csv


def read_price_file(content: Iterable[bytes], *, timeframe: str, adjust: bool) -> PriceFile:
    """Return what `read_csv` does. Raises InvalidInput with a message for each wrong line."""
    try:
        return read_csv(content, timeframe=timeframe, adjust=adjust)
    except InvalidInput as refusal:
        raise InvalidInput(tuple(_told(problem) for problem in refusal.problems)) from refusal


def _told(problem: Problem) -> Problem:
    """Return the problem with its sentence as a message.

    The format gives English text, and its source must not change for that: engines' digests hash it, and
    every result would seem to come from another engine. So the text is read, by the templates of its code.
    """
    message = read(problem.message, "LINE", problem.code) or read(problem.message, problem.code)
    return problem if message is None else Problem(problem.field, problem.code, message, problem.allowed)
