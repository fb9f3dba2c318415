"""The API's description of what a finished run's results are asked for."""

from stockbt_reporting.chart_names import CHARTS, FORMATS

from .limits import (
    FARTHEST_ROW,
    FEWEST_POINTS,
    LONGEST_WINDOW,
    MOST_POINTS,
    MOST_ROWS,
    POINTS,
    ROWS,
    SHORTEST_WINDOW,
)
from .limits import FARTHEST_SECOND as FAR
from .openapi_parts import RUN_ID, TEXT, Schema, answers, operation, parameter

_FILES = (
    ("equity.csv", "Equity curve as CSV"),
    ("trades.csv", "Trades as CSV"),
    ("orders.csv", "Reasons log as CSV"),
    ("equity.parquet", "Equity curve as Parquet"),
    ("trades.parquet", "Trades as Parquet"),
    ("orders.parquet", "Reasons log as Parquet"),
    ("run.json", "The whole run as JSON"),
    ("report.html", "The run as one HTML file that needs no network"),
    ("bundle.zip", "Request, data, versions, results, hashes, and a script that runs it again"),
    ("analysis", "Drawdowns, returns by period, intervals, provenance of each figure"),
)
_PAGES = (
    ("trades", "A page of trades, with their excursions"),
    ("orders", "A page of the reasons log"),
)
_COLUMNS = (
    "Names with commas between, out of: close, equity, buy_hold, drawdown, position, cash, exposure,"
    " cumulative_return (these if left out), rolling_sharpe, rolling_volatility"
)
_BINARY = """The window of a run's curves as columns, little-endian, compressed where gzip is accepted: 4
bytes with the length of the header as an unsigned integer; the header, JSON padded with spaces so that it
ends at a multiple of 8: `{"columns": [names], "rows": n, "bars": m}`; then each column in that order, n
float64 values, NaN where there is none. `time` comes first, in seconds since the epoch. `bars` counts the
bars of the window. When they are more than `points`, the first and the last row are those bars; between
them, stretches of equally many bars give two rows each, and in these each column has its own lowest and
highest value of the stretch, in the order in which they came: no spike is lost, and rows are evenly
spread."""


def _window(first: str, last: str) -> tuple[Schema, ...]:
    moment = {**_between(-FAR, FAR), "description": "Seconds since the epoch, included"}
    window = {**_between(SHORTEST_WINDOW, LONGEST_WINDOW), "description": "Bars of rolling figures"}
    return (
        parameter(first, "query", moment),
        parameter(last, "query", moment),
        parameter("points", "query", {**_between(FEWEST_POINTS, MOST_POINTS), "default": POINTS}),
        parameter("columns", "query", {**TEXT, "description": _COLUMNS}),
        parameter("window", "query", window),
    )


def _between(minimum: int, maximum: int) -> Schema:
    return {"type": "integer", "minimum": minimum, "maximum": maximum}


def result_paths() -> Schema:
    """Return the paths under a run that read its result."""
    run = "/api/runs/{run_id}"
    offset = parameter("offset", "query", _between(0, FARTHEST_ROW))
    limit = parameter("limit", "query", {**_between(1, MOST_ROWS), "default": ROWS})
    name = parameter("name", "path", {"enum": list(CHARTS)})
    kind = parameter("kind", "path", {"enum": list(FORMATS)})
    columns = operation(
        "Curves for charts as columns of float64",
        answers(200, None, 304, 400, 404, 409),
        RUN_ID,
        *_window("from", "to"),
    )
    return {
        **{
            f"{run}/{path}": {"get": operation(summary, answers(200, None, 404, 409), RUN_ID)}
            for path, summary in _FILES
        },
        **{
            f"{run}/{path}": {
                "get": operation(summary, answers(200, None, 400, 404, 409), RUN_ID, offset, limit)
            }
            for path, summary in _PAGES
        },
        f"{run}/series": {
            "get": operation(
                "The same curves as JSON",
                answers(200, None, 400, 404, 409),
                RUN_ID,
                *_window("start", "end"),
            )
        },
        f"{run}/series.bin": {"get": {**columns, "description": _BINARY}},
        f"{run}/marks": {
            "get": operation(
                "Trades between `from` and `to` (seconds) for a chart, thinned out where they are many",
                answers(200, None, 400, 404, 409),
                RUN_ID,
                *_window("from", "to")[:2],
            )
        },
        f"{run}/charts/{{name}}.{{kind}}": {
            "get": operation("A chart as a picture", answers(200, None, 404, 409), RUN_ID, name, kind)
        },
    }
