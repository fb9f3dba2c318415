"""Columns of numbers as one compressed block, the same bytes on every machine.

Layout before compression: one line of JSON, `[[name, format, length], ...]`, then each column's
little-endian values with their bytes sorted by significance (all lowest bytes first, and so on), which
compresses series of similar numbers two to three times better.
"""

import json
import sys
import zlib
from typing import Any

from stockbt_domain.reproducibility import little_endian
from stockbt_domain.result import Columns

SIZES = {"b": 1, "q": 8, "d": 8}
LEVEL = 3


def encoded(columns: Columns) -> bytes:
    """Return `columns` as one block. Raises ValueError for a format other than b, q and d."""
    header, body = [], []
    for name, column in columns.items():
        if column.format not in SIZES:
            raise ValueError(f"column {name} has the format {column.format!r}; a result has b, q and d")
        header.append([name, column.format, len(column)])
        body.append(_by_significance(little_endian(column), SIZES[column.format]))
    line = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    return zlib.compress(b"".join([line, b"\n", *body]), LEVEL)


def decoded(block: bytes) -> Columns:
    """Return the columns of a block that `encoded` made."""
    data = zlib.decompress(block)
    start = data.index(b"\n") + 1
    columns: dict[str, memoryview] = {}
    for name, format, length in json.loads(data[:start]):
        size = SIZES[format]
        stop = start + length * size
        values: Any = memoryview(_in_order(data[start:stop], size))
        columns[name] = values.cast(format)
        start = stop
    return columns


def _by_significance(values: bytes, size: int) -> bytes:
    return values if size == 1 else b"".join(values[i::size] for i in range(size))


def _in_order(planes: bytes, size: int) -> bytes:
    if size == 1:
        return planes
    length = len(planes) // size
    values = bytearray(len(planes))
    for i in range(size):
        at = i if sys.byteorder == "little" else size - 1 - i
        values[at::size] = planes[i * length : (i + 1) * length]
    return bytes(values)
