"""Price data as the product keeps it: the file as imported, addressed by its hash."""

from dataclasses import dataclass
from datetime import date, datetime

TIMEFRAMES = ("1d", "1h", "5m")
"""Lengths of a bar; how many make a year is the metrics' business."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something odd in the data that does not make it wrong: the user should know.

    `line` is the line of the CSV file and `date` the day of the first occurrence; `count` how often.
    """

    code: str
    message: str
    count: int
    line: int
    date: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """One version of an instrument's prices; (ticker, timeframe, data_hash, adjusted) identifies it.

    `data_hash` is the SHA-256 of the CSV bytes as imported; `adjusted` says whether prices are scaled
    by adj_close / close when those bytes are read.
    """

    ticker: str
    timeframe: str
    data_hash: str
    adjusted: bool
    first: date
    last: date
    bars: int
    size_bytes: int
    source: str
    imported_at: datetime
    findings: tuple[Finding, ...] = ()
