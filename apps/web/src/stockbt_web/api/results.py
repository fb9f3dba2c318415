"""The HTTP API of results: tables as CSV and page by page, and charts as pictures.

Everything here is derived on demand from what is stored.
"""

from collections.abc import Mapping

from flask import Blueprint, Response, jsonify
from stockbt_domain.documents.run import orders, trades
from stockbt_domain.documents.tables import table
from stockbt_domain.messages import Message
from stockbt_domain.messages.orders import REASONS
from stockbt_domain.result import Result
from stockbt_domain.run import Run, known_run_id
from stockbt_exports.csv_tables import csv_lines
from stockbt_reporting.chart_names import CHARTS
from werkzeug.exceptions import NotFound

from ..request_input import query, whole_number
from ..results.curves import table_of
from ..services import workbench
from .limits import FARTHEST_ROW, MOST_ROWS, ROWS

blueprint = Blueprint("results_api", __name__, url_prefix="/api/runs/<run_id>")

_PICTURES = {"png": "image/png", "svg": "image/svg+xml"}
EXCURSIONS = ("mae_pct", "mae_abs", "mfe_pct", "mfe_abs")


def _result(run_id: str) -> tuple[Run, Result]:
    runs = workbench().runs
    run = runs.get(known_run_id(run_id))
    return run, runs.result(run.run_id)


def _csv(run_id: str, name: str) -> Response:
    run, result = _result(run_id)
    header, rows = table(name, run, result)

    response = Response(csv_lines(header, rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{run.run_id}-{name}.csv"'
    return response


@blueprint.get("/equity.csv")
def equity_csv(run_id: str) -> Response:
    """Return time and equity, one row a bar."""
    return _csv(run_id, "equity")


@blueprint.get("/trades.csv")
def trades_csv(run_id: str) -> Response:
    """Return the trade list, one row a round trip."""
    return _csv(run_id, "trades")


@blueprint.get("/orders.csv")
def orders_csv(run_id: str) -> Response:
    """Return the reasons log, one row a signal change."""
    return _csv(run_id, "orders")


@blueprint.get("/trades")
def trades_page(run_id: str) -> Response:
    """Return a page of the trade list, with each trade's excursions; null where its prices are gone."""
    from ..results.analysis import excursions_of

    run = workbench().runs.get(known_run_id(run_id))
    columns, total = _slice(table_of(run, "trades"))
    rows = trades(columns, run.request.timeframe)
    found = excursions_of(run)
    for trade in rows:
        # `trade_no` counts from 1 in the order of the table.
        place = trade["trade_no"] - 1
        trade.update({n: None if found is None else float(getattr(found, n)[place]) for n in EXCURSIONS})
    return jsonify({"trades": rows, "total": total})


@blueprint.get("/orders")
def orders_page(run_id: str) -> Response:
    """Return a page of the reasons log, with the sentence of each reason."""
    run = workbench().runs.get(known_run_id(run_id))
    columns, total = _slice(table_of(run, "orders"))
    return jsonify({"orders": orders(columns, run.request.timeframe), "total": total, "reasons": REASONS})


def _slice(columns: Mapping[str, memoryview]) -> tuple[dict[str, memoryview], int]:
    args = query(("offset", "limit"))
    offset = whole_number(args, "offset", 0, 0, FARTHEST_ROW)
    limit = whole_number(args, "limit", ROWS, 1, MOST_ROWS)
    total = len(next(iter(columns.values())))
    return {name: column[offset : offset + limit] for name, column in columns.items()}, total


@blueprint.get("/analysis")
def analysis(run_id: str) -> Response:
    """Return the ten worst drawdowns, returns by period, intervals, and where each figure comes from."""
    from ..results.analysis import analysis_json

    query(())
    return jsonify(analysis_json(workbench().runs.get(known_run_id(run_id))))


@blueprint.get("/charts/<name>.<kind>")
def chart(run_id: str, name: str, kind: str) -> Response:
    """Return a chart as a picture, drawn now."""
    if name not in CHARTS or kind not in _PICTURES:
        raise NotFound(Message("NO_CHART", names=", ".join(CHARTS)))
    run, result = _result(run_id)
    from stockbt_reporting.charts import draw

    return Response(draw(name, result, run.title, format=kind), mimetype=_PICTURES[kind])
