"""Import a CSV file of prices as the newest version of a ticker."""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ..bars import day_start, from_micros
from ..datasets import Dataset
from ..errors import InvalidInput, Problem
from ..fields import FIELDS_BY_NAME, check
from ..messages import Message
from ..ports.bar_reader import BarReader
from ..ports.clock import Clock
from ..ports.dataset_repository import DatasetRepository

FIRST_YEAR, LAST_YEAR = 1800, 2200
"""No security has prices outside them: such a date is a wrong format or a slip."""

_REPORTED = 100
_FIRST_LINE = 2
"""The line of a file's first bar, below its header."""


@dataclass(frozen=True, slots=True)
class Import:
    """What became of a file: the stored version, and whether it was there before."""

    dataset: Dataset
    known: bool


def import_data(
    content: Iterable[bytes],
    *,
    ticker: str,
    timeframe: str = "1d",
    adjust: bool = False,
    source: str,
    datasets: DatasetRepository,
    read_bars: BarReader,
    clock: Clock,
) -> Import:
    """Read, check and store a price file; the same bytes again change nothing.

    Raises InvalidInput with every wrong field and line, and StorageUnavailable; nothing is stored then.
    """
    problems = [
        problem
        for name, value in (("ticker", ticker), ("timeframe", timeframe))
        for _, problem in [check(FIELDS_BY_NAME[name], value)]
        if problem is not None
    ]
    if problems:
        raise InvalidInput(tuple(problems))
    pieces = list(content)
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    data_hash = digest.hexdigest()
    for version in datasets.versions(ticker):
        if (version.timeframe, version.data_hash, version.adjusted) == (timeframe, data_hash, adjust):
            return Import(version, known=True)
    prices = read_bars(pieces, timeframe=timeframe, adjust=adjust)
    if not len(prices.bars):
        raise InvalidInput((Problem.of("file", Message("EMPTY_FILE")),))
    if odd := _out_of_years(prices.bars.time):
        raise InvalidInput(odd)
    dataset = Dataset(
        ticker=ticker,
        timeframe=timeframe,
        data_hash=data_hash,
        adjusted=adjust,
        first=from_micros(prices.bars.time[0]).date(),
        last=from_micros(prices.bars.time[-1]).date(),
        bars=len(prices.bars),
        size_bytes=sum(len(piece) for piece in pieces),
        source=source,
        imported_at=clock.now(),
        findings=prices.findings,
    )
    return Import(datasets.add(dataset, iter(pieces)), known=False)


def _out_of_years(time: memoryview) -> tuple[Problem, ...]:
    """Return a problem for each of the first lines whose date no file of prices has.

    It is asked here and not where files are read: what is stored already is read as it was.
    """
    begin = bisect_left(time, day_start(date(FIRST_YEAR, 1, 1)))
    end = bisect_left(time, day_start(date(LAST_YEAR + 1, 1, 1)))
    wrong = [*range(begin), *range(end, len(time))]
    found = []
    for place in wrong[:_REPORTED]:
        day = from_micros(time[place]).date().isoformat()
        rest = Message("BAD_DATE.year", value=day, first=FIRST_YEAR, last=LAST_YEAR)
        message = Message("LINE", line=place + _FIRST_LINE, rest=rest)
        found.append(Problem("file", rest.kind, message))
    if len(wrong) > _REPORTED:
        more = Message("MORE_PROBLEMS", count=len(wrong) - _REPORTED, kept=_REPORTED)
        found.append(Problem.of("file", more))
    return tuple(found)
