"""The API's description of what a finished run's results are asked for."""

from stockbt_reporting.chart_names import CHARTS, FORMATS

from .openapi_parts import RUN_ID, Schema, answers, operation, parameter

_NUMBER: Schema = {"type": "integer"}
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
    return (
        parameter(first, "query", {**_NUMBER, "description": "Seconds since the epoch, included"}),
        parameter(last, "query", {**_NUMBER, "description": "Seconds since the epoch, included"}),
        parameter("points", "query", {**_NUMBER, "minimum": 4, "maximum": 100_000, "default": 3000}),
        parameter("columns", "query", {"type": "string", "description": _COLUMNS}),
        parameter("window", "query", {**_NUMBER, "minimum": 2, "description": "Bars of rolling figures"}),
    )


def result_paths() -> Schema:
    """Return the paths under a run that read its result."""
    run = "/api/runs/{run_id}"
    offset = parameter("offset", "query", {**_NUMBER, "minimum": 0})
    limit = parameter("limit", "query", {**_NUMBER, "minimum": 1, "maximum": 1000, "default": 100})
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
