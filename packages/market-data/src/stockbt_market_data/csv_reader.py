"""Reads a CSV file of prices in pieces: memory grows with the bars, not with the text."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
from stockbt_domain.bars import Bars
from stockbt_domain.datasets import TIMEFRAMES
from stockbt_domain.errors import InvalidInput, Problem
from stockbt_domain.ports.bar_reader import PriceFile

from . import quick_parse
from .file_format import LineParser, Problems, parse_header
from .findings import findings

BLOCK = 1 << 20
LONGEST_LINE = 1 << 16
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
COLUMNS = ("time", "open", "high", "low", "close", "volume")


def read_csv(content: Iterable[bytes], *, timeframe: str, adjust: bool) -> PriceFile:
    """Return the bars of a CSV file, given as UTF-8 bytes in pieces of any size, and its findings.

    `adjust` scales open, high, low and close by adj_close / close. Raises InvalidInput with a problem
    for each wrong line.
    """
    if timeframe not in TIMEFRAMES:
        message = f"the timeframe {timeframe!r} is not known"
        raise InvalidInput((Problem("timeframe", "UNKNOWN_TIMEFRAME", message, list(TIMEFRAMES)),))
    blocks = line_blocks(content)
    header, _, rest = next(blocks, b"").partition(b"\n")
    parser = LineParser(parse_header(header_text(header), adjust=adjust), timeframe, adjust)
    parts: list[quick_parse.Rows] = []
    line = 2
    for block in chain((rest,) if rest else (), blocks):
        rows = parse_block(block, line, parser)
        if rows is not None:
            parts.append(rows)
        line += block.count(b"\n")
    if not parts and not parser.problems.kept:
        parser.problems.add(2, "EMPTY_FILE", "the file has a header and no prices")
    if parser.problems.kept:
        parser.problems.refuse()
    bars = Bars(**{name: as_column(np.concatenate([part[name] for part in parts])) for name in COLUMNS})
    return PriceFile(bars, findings(bars))


def line_blocks(content: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the content in blocks of whole lines, each line ended by a line feed. Raises InvalidInput."""
    kept: list[bytes] = []
    size = line = 0
    for piece in content:
        kept.append(piece)
        size += len(piece)
        if size >= BLOCK:
            block, _, tail = b"".join(kept).rpartition(b"\n")
            if len(tail) > LONGEST_LINE:
                problems = Problems()
                number = line + block.count(b"\n") + (2 if block else 1)
                problems.add(number, "LINE_TOO_LONG", f"longer than {LONGEST_LINE} bytes")
                problems.refuse()
            if block:
                yield block + b"\n"
                line += block.count(b"\n") + 1
            kept, size = [tail], len(tail)
    last = b"".join(kept)
    if last:
        yield last if last.endswith(b"\n") else last + b"\n"


def header_text(line: bytes) -> str:
    """Return the header without byte order mark and line end. Raises InvalidInput."""
    problems = Problems()
    text = decoded(line.removeprefix(BYTE_ORDER_MARK), 1, problems)
    if text is not None and not text.strip():
        problems.add(1, "EMPTY_FILE", "the header with the columns' names is missing")
    if text is None or problems.kept:
        problems.refuse()
    return text


def decoded(line: bytes, number: int, problems: Problems) -> str | None:
    """Return the line's text, or None and a problem where it is not UTF-8."""
    try:
        return line.removesuffix(b"\r").decode("utf-8")
    except UnicodeDecodeError:
        problems.add(number, "NOT_TEXT", "not UTF-8 text")
        return None


def parse_block(block: bytes, first_line: int, parser: LineParser) -> quick_parse.Rows | None:
    """Return the block's rows, quickly where it is ordinary; None where it has none."""
    if parser.blank_line is None:
        rows = quick_parse.parse(
            block,
            parser.columns,
            timeframe=parser.timeframe,
            adjust=parser.adjust,
            after=parser.last_time,
        )
        if rows is not None:
            parser.last_time = int(rows["time"][-1])
            return rows
    parsed = []
    for number, line in enumerate(block.removesuffix(b"\n").split(b"\n"), first_line):
        text = decoded(line, number, parser.problems)
        row = None if text is None else parser.parse(number, text)
        if row is not None:
            parsed.append(row)
    return tabulated(parsed) if parsed else None


def tabulated(rows: list[tuple[int, tuple[float, ...]]]) -> quick_parse.Rows:
    """Return time and the values of each row as columns."""
    values = np.array([values for _, values in rows], dtype=np.float64)
    time = np.array([time for time, _ in rows], dtype=np.int64)
    return {"time": time} | {name: values[:, place] for place, name in enumerate(COLUMNS[1:])}


def as_column(values: npt.NDArray[np.float64] | npt.NDArray[np.int64]) -> memoryview:
    """Return the values as a read-only memoryview of format "q" or "d", on every platform."""
    view: Any = memoryview(values.data).cast("B")
    column: memoryview = view.cast("q" if values.dtype.kind == "i" else "d").toreadonly()
    return column
