"""The HTTP API of a run's curves: a window of them on one time axis, thinned out to what a screen shows.

`series.bin` is the compact form for charts. Little-endian throughout:

- 4 bytes: the length of the header in bytes, an unsigned integer; the header's end is aligned to 8 bytes;
- the header, JSON padded with spaces: `{"columns": [...], "rows": n, "bars": m}`;
- each column in that order: n float64 values, NaN where there is none. `time` is the first column, in
  seconds since the epoch.

In JavaScript: `const head = JSON.parse(text.decode(new Uint8Array(buffer, 4, length)))`, and column i is
`new Float64Array(buffer, 4 + length + 8 * n * i, n)`.
"""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request
from stockbt_domain.errors import InvalidInput, NoResult, Problem
from stockbt_domain.messages import Message
from stockbt_domain.reproducibility import sha256_text
from stockbt_domain.run import Run, known_run_id

from ..request_input import query, whole_number
from ..results.curves import curves_of
from ..services import workbench
from .limits import FARTHEST_SECOND as FAR
from .limits import FEWEST_POINTS, LONGEST_WINDOW, MOST_POINTS, POINTS, SHORTEST_WINDOW

if TYPE_CHECKING:
    from stockbt_reporting.chart_data import ChartWindow

blueprint = Blueprint("series_api", __name__, url_prefix="/api/runs/<run_id>")

FORM = 1
"""Counts the forms of the answer, so that a browser's copy of an older one is not taken for this one."""


@blueprint.get("/series.bin")
def series_bin(run_id: str) -> Response:
    """Return the window `from`..`to` in at most `points` rows as columns of float64, see above."""
    args = query(("from", "to", "points", "columns", "window"))
    run = workbench().runs.get(known_run_id(run_id))
    if run.end.result_hash is None:
        raise NoResult(Message("NO_RESULT_YET", run_id=run.run_id, status=run.status))
    tag = sha256_text(json.dumps([FORM, run.end.result_hash, sorted(args.items())]))[:32]
    zipped = bool(request.accept_encodings["gzip"])
    if request.if_none_match.contains_weak(tag):
        response = Response(status=304)
    else:
        content = _packed(_window(run, args, "from", "to"))
        # Level 1: a higher one takes longer than sending what it saves.
        response = Response(gzip.compress(content, 1, mtime=0) if zipped else content)
        response.mimetype = "application/octet-stream"
        if zipped:
            response.headers["Content-Encoding"] = "gzip"
    response.set_etag(tag, weak=True)
    response.headers["Cache-Control"] = "private, max-age=3600"
    response.vary.add("Accept-Encoding")
    return response


@blueprint.get("/series")
def series(run_id: str) -> Response:
    """Return the window `start`..`end` in at most `points` rows as JSON; `bars` counts the window's bars."""
    args = query(("points", "start", "end", "columns", "window"))
    run = workbench().runs.get(known_run_id(run_id))
    found = _window(run, args, "start", "end")
    columns = {name: _plain(values) for name, values in found.columns.items()}
    columns["time"] = found.columns["time"].astype("int64").tolist()
    return jsonify({**columns, "bars": found.bars, "shown": found.shown})


def _window(run: Run, args: dict[str, str], first: str, last: str) -> ChartWindow:
    """Return what `args` ask for. Raises InvalidInput, NoResult."""
    from stockbt_reporting.chart_data import COLUMNS, ROLLING_COLUMNS, chart_window
    from stockbt_reporting.rolling import WINDOW

    known = (*COLUMNS, *ROLLING_COLUMNS)
    names = tuple(args["columns"].split(",")) if "columns" in args else COLUMNS
    unknown = [name for name in names if name not in known]
    if unknown:
        message = Message("NOT_ALLOWED.columns", names=", ".join(known))
        raise InvalidInput((Problem.of("columns", message, list(known)),))
    points = whole_number(args, "points", POINTS, FEWEST_POINTS, MOST_POINTS)
    start, end = whole_number(args, first, -FAR, -FAR, FAR), whole_number(args, last, FAR, -FAR, FAR)
    window = whole_number(args, "window", WINDOW, SHORTEST_WINDOW, LONGEST_WINDOW)
    rolling = window if any(name in ROLLING_COLUMNS for name in names) else None
    return chart_window(
        curves_of(run, rolling_window=rolling), start=start, end=end, points=points, names=names
    )


def _packed(found: ChartWindow) -> bytes:
    head = {"columns": list(found.columns), "rows": found.shown, "bars": found.bars}
    text = json.dumps(head, separators=(",", ":")).encode()
    text += b" " * (-(4 + len(text)) % 8)
    columns = (column.astype("<f8").tobytes() for column in found.columns.values())
    return b"".join([len(text).to_bytes(4, "little"), text, *columns])


def _plain(values: Any) -> list[float | None]:
    """Return a column for JSON, which has no NaN."""
    return [None if value != value else value for value in values.tolist()]
