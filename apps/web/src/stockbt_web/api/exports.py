"""The HTTP API of exports: a run as JSON, Parquet, one HTML file, and an archive that repeats it."""

import tempfile
from collections.abc import Callable
from itertools import chain
from typing import IO

from flask import Blueprint, Response, jsonify, send_file
from stockbt_domain.documents.run import orders, whole
from stockbt_domain.run import Run, known_run_id

from ..request_input import query
from ..results.curves import table_of
from ..services import workbench

blueprint = Blueprint("exports_api", __name__, url_prefix="/api/runs/<run_id>")

_IN_MEMORY = 8 * 1024 * 1024
_PARQUET = {"equity": "equity_curve", "trades": "trades", "orders": "orders"}


@blueprint.get("/run.json")
def run_json(run_id: str) -> Response:
    """Return everything of a run as one document: as its status, with the reasons log and the curves."""
    run = _run(run_id)
    result = workbench().runs.result(run.run_id)
    response = jsonify(
        {
            **whole(run, runs=workbench().runs, result=result),
            "orders": orders(result.orders, run.request.timeframe),
            "series": {name: column.tolist() for name, column in result.series.items()},
        }
    )
    return _named(response, run, "run.json")


def _parquet(name: str) -> Callable[[str], Response]:
    def answer(run_id: str) -> Response:
        from stockbt_exports.parquet import parquet_file

        run = _run(run_id)
        content = parquet_file(table_of(run, _PARQUET[name]))
        return _named(Response(content, mimetype="application/vnd.apache.parquet"), run, f"{name}.parquet")

    answer.__doc__ = f"Return the table {name} as a Parquet file."
    return answer


for _name in _PARQUET:
    blueprint.add_url_rule(f"/{_name}.parquet", f"{_name}_parquet", _parquet(_name))


@blueprint.get("/report.html")
def report(run_id: str) -> Response:
    """Return the run as one HTML file that needs no network."""
    from stockbt_exports.report import report_html

    run = _run(run_id)
    runs = workbench().runs
    result = runs.result(run.run_id)
    response = Response(report_html(run, result, whole(run, runs=runs, series=False)), mimetype="text/html")
    # It is shown too: nothing in it may run or load, whatever it holds.
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox allow-modals"
    )
    response.headers["Content-Disposition"] = f'inline; filename="{run.run_id}-report.html"'
    return response


@blueprint.get("/bundle.zip")
def bundle(run_id: str) -> Response:
    """Return the archive that repeats the run: request, data, versions, results, hashes, script."""
    from stockbt_exports.bundle import write_bundle

    bench = workbench()
    run = _run(run_id)
    result = bench.runs.result(run.run_id)
    _, pin = run.work()
    content = iter(bench.datasets.content(pin.data_hash))
    # The first piece is read before the answer begins: data that is gone is an error and no broken file.
    content = chain([next(content, b"")], content)
    file: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - the answer closes it
    write_bundle(file, run, result, whole(run, runs=bench.runs, result=result), content)
    file.seek(0)
    return send_file(
        file,
        mimetype="application/zip",
        as_attachment=True,
        download_name=f"{run.run_id}.zip",
    )


def _run(run_id: str) -> Run:
    """Return the run of a call without parameters. Raises RunNotFound, InvalidInput."""
    query(())
    return workbench().runs.get(known_run_id(run_id))


def _named(response: Response, run: Run, name: str) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{run.run_id}-{name}"'
    return response
