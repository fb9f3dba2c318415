"""The data pages: what there is, the import of a file, and one instrument with its findings and versions."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from stockbt_domain.datasets import TIMEFRAMES, Dataset
from stockbt_domain.errors import DatasetNotFound, InvalidInput, Problem
from stockbt_domain.messages import Message
from stockbt_domain.run_query import RunQuery
from werkzeug.wrappers import Response as AnyResponse

from ..services import services, workbench
from ..text.display import shown
from ..text.languages import N_
from ..uploads import import_upload

blueprint = Blueprint("data", __name__)

RUNS_OF_A_VERSION = 5
POINTS = 2000
FINDINGS: dict[str, str] = {
    "OPEN_OUTSIDE_RANGE": N_("An open outside its bar's low and high: the bar contradicts itself."),
    "CLOSE_OUTSIDE_RANGE": N_("A close outside its bar's low and high: the bar contradicts itself."),
    "GAP": N_("More than five sessions without a bar: rules see the next bar as if it were the next day."),
    "JUMP": N_("A move of more than half in one bar: perhaps a split; import adjusted prices if it is one."),
    "ZERO_VOLUME": N_("No trade in that bar: a fill there could not have happened."),
}


@blueprint.get("/data")
def data_list() -> str:
    """Return the data there is, and the form that imports more."""
    return _data_list()


@blueprint.post("/data")
def data_import() -> AnyResponse:
    """Import the file of the page's plain form: on to the instrument, or back with every problem."""
    try:
        done = import_upload()
    except InvalidInput as error:
        return Response(_data_list(error.problems), 400)
    ticker = done.dataset.ticker
    return redirect(url_for("data.data_show", ticker=ticker, imported=version_key(done.dataset)), 303)


@blueprint.get("/data/<ticker>")
def data_show(ticker: str) -> str:
    """Return an instrument: a version's prices with its findings, all versions, and who used them."""
    versions = _versions(ticker)
    chosen = _chosen(versions, request.args.get("version") or request.args.get("imported"))
    return render_template(
        "dataset.html",
        ticker=ticker,
        versions=[(version, version_key(version), _users(version)) for version in versions],
        chosen=chosen,
        chosen_key=version_key(chosen),
        imported="imported" in request.args,
        findings_help=FINDINGS,
        **shown(),
    )


@blueprint.get("/data/<ticker>/prices.json")
def data_prices(ticker: str) -> AnyResponse:
    """Return a version's closes, thinned out, and every bar with a finding: for the page's chart."""
    chosen = _chosen(_versions(ticker), request.args.get("version"))
    tag = version_key(chosen)
    known = request.if_none_match.contains(tag)
    response = Response(status=304) if known else jsonify(_prices(chosen))
    response.set_etag(tag)
    response.headers["Cache-Control"] = "no-cache"
    return response


def version_key(dataset: Dataset) -> str:
    """Return what names a version among those of its ticker, for addresses."""
    return f"{dataset.timeframe}-{dataset.data_hash[:16]}{'-adjusted' if dataset.adjusted else ''}"


def _data_list(problems: Sequence[Problem] = ()) -> str:
    return render_template(
        "data.html",
        datasets=workbench().datasets.all(),
        timeframes=TIMEFRAMES,
        problems=[_with_line(problem) for problem in problems],
        form=request.form,
        version_key=version_key,
        limit=services().max_upload_bytes >> 20,
        **shown(),
    )


def _with_line(problem: Problem) -> tuple[str, str]:
    """Return where a problem of an import is, the file's line or a field, and its sentence."""
    message = problem.message
    if isinstance(message, Message) and message.code == "LINE":
        return str(message.values["line"]), str(message.values["rest"])
    return problem.field, message


def _versions(ticker: str) -> tuple[Dataset, ...]:
    versions = workbench().datasets.versions(ticker) if ticker.isprintable() and len(ticker) <= 32 else ()
    if not versions:
        raise DatasetNotFound(N_("There is no data for this ticker."))
    return versions


def _chosen(versions: Sequence[Dataset], key: str | None) -> Dataset:
    if key is None:
        return versions[0]
    for version in versions:
        if version_key(version) == key:
            return version
    raise DatasetNotFound(N_("There is no such version of this data."))


def _users(version: Dataset) -> dict[str, Any]:
    """Return the newest runs on a version, and whether there are more; an adjusted twin has the same hash."""
    query = RunQuery(ticker=version.ticker, data_hash=version.data_hash, limit=RUNS_OF_A_VERSION)
    page = workbench().runs.page(query)
    wanted = (version.adjusted, version.timeframe)
    runs = [run for run in page.runs if run.pin and (run.pin.adjusted, run.pin.timeframe) == wanted]
    return {"runs": runs, "more": page.next is not None}


def _prices(dataset: Dataset) -> dict[str, Any]:
    import numpy as np
    from stockbt_market_data.findings import occurrences
    from stockbt_reporting.curves import decimate

    bench = workbench()
    content = bench.datasets.content(dataset.data_hash)
    bars = bench.read_bars(content, timeframe=dataset.timeframe, adjust=dataset.adjusted).bars
    time, close = np.asarray(bars.time) // 1_000_000, np.asarray(bars.close)
    places = occurrences(bars)
    marked = {code: rows[: POINTS // 10] for code, rows in places.items()}
    rows = np.unique(np.concatenate([decimate(time, [close], POINTS), *marked.values()]))
    return {
        "time": time[rows].tolist(),
        "close": close[rows].tolist(),
        "bars": len(time),
        "findings": [
            {"code": code, "time": time[rows].tolist(), "count": len(places[code])}
            for code, rows in marked.items()
        ],
    }
