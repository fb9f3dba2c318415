"""The CSV price format in plain Python: what a header, a line and a value must be.

This module defines the format; `quick_parse` may only take what this one takes, with equal values.
"""

import csv
import math
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn

from stockbt_domain.bars import EPOCH, MICROSECOND, from_micros
from stockbt_domain.errors import InvalidInput, Problem

TITLES = {
    "date": "Date",
    "open": "Open",
    "high": "High",
    "low": "Low",
    "close": "Close",
    "adj": "Adj Close",
    "volume": "Volume",
}
"""Each column's key in this package and its title in the file."""

SPELLINGS = {title.lower(): key for key, title in TITLES.items()} | {"adj_close": "adj", "adjclose": "adj"}
PRICES = ("open", "high", "low", "close")
REPORTED = 100
BLANK = " \t"
FIRST_MICROS = -62_135_596_800_000_000
LAST_MICROS = 253_402_300_799_999_999
"""The ends of the years 1 and 9999, which are the calendar's."""

TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)"
    r"(?:[T ]((?:[01]\d|2[0-3]):[0-5]\d)(?::([0-5]\d)(?:\.(\d{1,6})0{0,3})?)?"
    r"(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?",
    re.ASCII,
)
"""Date, hours and minutes, seconds, fraction to the microsecond, offset."""

NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


@dataclass(slots=True)
class Problems:
    """Every wrong line of a file; the first REPORTED are kept, the rest counted."""

    kept: list[Problem] = field(default_factory=list)
    more: int = 0

    def add(self, line: int, code: str, message: str, allowed: list[str] | None = None) -> None:
        """Note that `line` is wrong."""
        if len(self.kept) < REPORTED:
            self.kept.append(Problem("file", code, f"line {line}: {message}", allowed))
        else:
            self.more += 1

    def refuse(self) -> NoReturn:
        """Raise InvalidInput with what was noted."""
        rest = f"and {self.more} more problems after these {REPORTED}"
        last = (Problem("file", "MORE_PROBLEMS", rest),) if self.more else ()
        raise InvalidInput((*self.kept, *last))


def parse_header(line: str, *, adjust: bool) -> tuple[str, ...]:
    """Return the file's columns as keys of TITLES, in its order. Raises InvalidInput."""
    problems = Problems()
    allowed = list(TITLES.values())
    try:
        names = [name.strip(BLANK) for name in fields_of(line)]
    except csv.Error as error:
        problems.add(1, "BAD_LINE", f"the header cannot be read as CSV: {error}")
        problems.refuse()
    columns = tuple(SPELLINGS.get(name.lower(), "") for name in names)
    for name, key in zip(names, columns, strict=True):
        if not key:
            problems.add(1, "UNKNOWN_COLUMN", f"the column {name[:40]!r} is not known", allowed)
    for key, title in TITLES.items():
        if columns.count(key) > 1:
            problems.add(1, "REPEATED_COLUMN", f"the column {title} is there {columns.count(key)} times")
        if key not in columns and key != "adj":
            problems.add(1, "MISSING_COLUMN", f"the column {title} is missing", allowed)
    if adjust and "adj" not in columns:
        problems.add(1, "MISSING_ADJ_CLOSE", "adjusting needs the column Adj Close, which is missing")
    if problems.kept:
        problems.refuse()
    return columns


def fields_of(line: str) -> list[str]:
    """Return the line's fields. Raises csv.Error."""
    if '"' not in line and "\r" not in line:
        return line.split(",")
    return next(csv.reader([line], strict=True, skipinitialspace=True))


def parse_time(text: str, timeframe: str) -> int | None:
    """Return the time in microseconds since the epoch, or None where it is not one.

    A time without an offset is UTC. A daily bar is its date as written: its time, if there is one,
    must be midnight there, and the offset does not move the date.
    """
    match = TIME.fullmatch(text)
    if match is None:
        return None
    day, clock, seconds, fraction, offset = match.groups()
    digits = f"{day}T{clock or '00:00'}:{seconds or '00'}.{fraction or '':0<6}"
    try:
        local = datetime.fromisoformat(f"{digits}+00:00")
        ahead = datetime.fromisoformat(f"{digits}{offset or '+00:00'}").utcoffset()
    except ValueError:
        return None
    micros = (local - EPOCH) // MICROSECOND
    if timeframe == "1d":
        return micros if micros % 86_400_000_000 == 0 else None
    micros -= ahead // MICROSECOND if ahead else 0
    return micros if FIRST_MICROS <= micros <= LAST_MICROS else None


@dataclass(slots=True)
class LineParser:
    """Parses a file's lines in order; remembers the last line's time, since times must increase."""

    columns: tuple[str, ...]
    timeframe: str
    adjust: bool
    problems: Problems = field(default_factory=Problems)
    last_time: int | None = None
    blank_line: int | None = None

    def parse(self, line: int, text: str) -> tuple[int, tuple[float, ...]] | None:
        """Return the time and open to volume; None for a line that is blank or wrong."""
        if not text.strip(BLANK):
            self.blank_line = self.blank_line or line
            return None
        if self.blank_line is not None:
            self.problems.add(self.blank_line, "BLANK_LINE", "blank, with prices after it")
            self.blank_line = None
        try:
            texts = [value.strip(BLANK) for value in fields_of(text)]
        except csv.Error as error:
            self.problems.add(line, "BAD_LINE", f"cannot be read as CSV: {error}")
            return None
        if len(texts) > len(self.columns):
            counts = f"{len(texts)} values for {len(self.columns)} columns"
            self.problems.add(line, "TOO_MANY_VALUES", counts)
            return None
        if len(texts) < len(self.columns):
            titles = [TITLES[key] for key in self.columns[len(texts) :]]
            verb = "is" if len(titles) == 1 else "are"
            self.problems.add(line, "MISSING_VALUE", f"{', '.join(titles)} {verb} missing")
            return None
        by_key = dict(zip(self.columns, texts, strict=True))
        moment = self._time(line, by_key.pop("date"))
        values = {key: self._number(line, key, value) for key, value in by_key.items()}
        complete = {key: value for key, value in values.items() if value is not None}
        if moment is None or len(complete) < len(values) or not self._consistent(line, complete):
            return None
        scale = complete["adj"] / complete["close"] if self.adjust else 1.0
        return moment, (*(complete[key] * scale for key in PRICES), complete["volume"])

    def _time(self, line: int, text: str) -> int | None:
        moment = parse_time(text, self.timeframe)
        if not text:
            self.problems.add(line, "MISSING_VALUE", "Date is missing")
        elif moment is None:
            right = (
                "a date as in 2020-01-31"
                if self.timeframe == "1d"
                else "a time as in 2020-01-31T14:30:00Z or 2020-01-31 14:30:00"
            )
            self.problems.add(line, "BAD_DATE", f"Date {text[:40]!r} is not {right}")
        else:
            self._check_order(line, text, moment)
            self.last_time = moment
        return moment

    def _check_order(self, line: int, text: str, moment: int) -> None:
        if self.last_time is None or moment > self.last_time:
            return
        if moment == self.last_time:
            self.problems.add(line, "REPEATED_DATE", f"Date {text} repeats the one before")
        else:
            before = f"{from_micros(self.last_time):%Y-%m-%dT%H:%M:%SZ}".removesuffix("T00:00:00Z")
            message = f"Date {text} comes after {before}: dates must increase"
            self.problems.add(line, "DATE_GOES_BACK", message)

    def _number(self, line: int, key: str, text: str) -> float | None:
        title = TITLES[key]
        if not text:
            self.problems.add(line, "MISSING_VALUE", f"{title} is missing")
            return None
        value = float(text) if NUMBER.fullmatch(text) else math.nan
        if not math.isfinite(value):
            self.problems.add(line, "NOT_A_NUMBER", f"{title} {text[:40]!r} is not a finite number")
        elif value < 0:
            self.problems.add(line, "NEGATIVE", f"{title} {text[:40]} is negative")
        elif value == 0 and key != "volume":
            self.problems.add(line, "ZERO_PRICE", f"{title} is zero")
        else:
            return value
        return None

    def _consistent(self, line: int, values: dict[str, float]) -> bool:
        if values["high"] < values["low"]:
            message = f"High {values['high']} is below Low {values['low']}"
            self.problems.add(line, "HIGH_BELOW_LOW", message)
            return False
        if self.adjust:
            scale = values["adj"] / values["close"]
            if not all(0 < values[key] * scale < math.inf for key in PRICES):
                self.problems.add(line, "NOT_A_NUMBER", "prices scaled by Adj Close / Close are out of range")
                return False
        return True
