"""The files of a succeeded run: what was stored, as tables, pictures, a report and an archive."""

import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from stockbt_domain.documents.tables import TABLES, table
from stockbt_domain.result import Result
from stockbt_domain.run import Run
from stockbt_reporting.chart_names import CHARTS

from stockbt_exports.csv_tables import csv_lines

WHOLE_FILES = (*(f"{name}.parquet" for name in TABLES), "report.html", "bundle.zip")
"""What the HTTP API gives under the same names, beside run.json, CSV files and charts."""


def run_json(document: Mapping[str, Any]) -> bytes:
    """Return the run's document as a file for people and programs."""
    return json.dumps(document, indent=1, allow_nan=False).encode() + b"\n"


def files_of(
    run: Run, result: Result, document: Mapping[str, Any], content: Iterable[bytes]
) -> Iterator[tuple[str, bytes]]:
    """Yield each file's relative path and content; `document` is the run as `GET /status` gives it, `content`
    the price file that it was pinned to."""
    from stockbt_reporting.charts import draw

    from stockbt_exports.bundle import write_bundle
    from stockbt_exports.parquet import parquet_file
    from stockbt_exports.report import report_html

    yield "run.json", run_json(document)
    for name in TABLES:
        yield f"{name}.csv", b"".join(csv_lines(*table(name, run, result)))
    for chart in CHARTS:
        yield f"charts/{chart}.png", draw(chart, result, run.title, format="png")
    for name, columns in zip(TABLES, (result.equity_curve, result.trades, result.orders), strict=True):
        yield f"{name}.parquet", parquet_file(columns)
    yield "report.html", report_html(run, result, document)
    archive = io.BytesIO()
    write_bundle(archive, run, result, document, content)
    yield "bundle.zip", archive.getvalue()
