"""Tables as CSV files (RFC 4180), line by line.

No cell holds text that a user wrote: times, numbers and our own words alone, so that a spreadsheet
finds no formula.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

_ROWS = 2000


def csv_lines(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[bytes]:
    """Yield a CSV file in pieces, numbers in full precision."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(header)
    for number, row in enumerate(rows):
        writer.writerow(row)
        if number % _ROWS == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()
