"""The files of a succeeded run: what was stored, as tables and pictures."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from stockbt_domain.result import Result
from stockbt_domain.run import Run
from stockbt_domain.usecases.tables import TABLES, table
from stockbt_reporting.chart_names import CHARTS


def run_json(document: Mapping[str, Any]) -> bytes:
    """Return the run's document as a file for people and programs."""
    return json.dumps(document, indent=1, allow_nan=False).encode() + b"\n"


def files_of(run: Run, result: Result, document: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Yield each file's relative path and content; `document` is the run as `GET /status` gives it."""
    from stockbt_reporting.charts import draw

    yield "run.json", run_json(document)
    for name in TABLES:
        yield f"{name}.csv", csv_file(*table(name, run, result))
    for chart in CHARTS:
        yield f"charts/{chart}.png", draw(chart, result, run.title, format="png")


def csv_file(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> bytes:
    """Return a CSV file (RFC 4180), numbers in full precision."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()
