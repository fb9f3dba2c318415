"""The comparison of runs: its page, whose address can be shared, and its API."""

import logging
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from stockbt_domain.errors import InvalidInput, RunNotFound, StorageUnavailable
from stockbt_domain.figures import FIGURES
from stockbt_domain.messages import Message
from stockbt_domain.run import Run, known_run_id

from ..request_input import query
from ..results.comparison import FEWEST, MOST, compared, compared_curves, differences, figures_of, run_ids_of
from ..services import workbench
from ..text.display import shown
from ..text.languages import N_

log = logging.getLogger(__name__)

blueprint = Blueprint("compare", __name__)

TABLE_ROWS = 25
"""Rows of the table behind the charts."""

SECTIONS = {
    "data_hash": N_("Data"),
    "engine": N_("Engine"),
    "engine_version": N_("Engine version"),
    "engine_digest": N_("Engine digest"),
    "image_tag": N_("Image"),
}


@blueprint.get("/compare")
def compare_page() -> tuple[str, int]:
    """Return the page that compares `runs=a,b,c`; without runs it says how to choose them."""
    text = ",".join(request.args.getlist("runs"))
    problem, status = "", 200
    found: tuple[Run, ...] = ()
    try:
        found = _found(run_ids_of(text)) if text else ()
    except InvalidInput as error:
        problem, status = error.problems[0].message, 400
    differing, equal = differences(found)
    return render_template(
        "compare.html",
        runs=found,
        problem=problem,
        fewest=FEWEST,
        most=MOST,
        figures=_with_definitions(found),
        differing=differing,
        equal=equal,
        table=_table_if_any(found),
        names=SECTIONS,
        **shown(),
    ), status


@blueprint.get("/api/compare")
def compare_api() -> Response:
    """Return the comparison of `runs=a,b,c`."""
    args = query(("runs",))
    return jsonify(compared(_found(run_ids_of(args.get("runs", "")))))


def _found(ids: Sequence[str]) -> tuple[Run, ...]:
    runs = workbench().runs
    found = []
    for run_id in ids:
        try:
            found.append(runs.get(known_run_id(run_id)))
        except RunNotFound as error:
            raise RunNotFound(Message("NO_RUN.compared", run_id=run_id[:64])) from error
    return tuple(found)


def _with_definitions(found: Sequence[Run]) -> list[dict[str, Any]]:
    rows = zip(FIGURES, figures_of(found), strict=True)
    return [{**row, "figure": definition} for definition, row in rows] if found else []


def _table_if_any(found: Sequence[Run]) -> list[dict[str, Any]] | None:
    """Return the curves, None where those of a run cannot be read. Raises StorageUnavailable."""
    try:
        return _table(found)
    except StorageUnavailable:
        raise
    except Exception:
        log.exception("the curves cannot be shown", extra={"runs": [run.run_id for run in found]})
        return None


def _table(found: Sequence[Run]) -> list[dict[str, Any]]:
    """Return the curves as few rows, evenly spread, for who reads them as a table."""
    if not found:
        return []
    from stockbt_domain.bars import from_micros

    curves = compared_curves(found, points=TABLE_ROWS * len(found) * 4)
    times = curves["time"]
    count = min(TABLE_ROWS, len(times))
    places = [round(n * (len(times) - 1) / max(1, count - 1)) for n in range(count)]
    return [
        {
            "time": from_micros(times[place] * 1_000_000),
            "equity": [c["equity"][place] if c["equity"] else None for c in curves["curves"]],
            "drawdown": [c["drawdown"][place] if c["drawdown"] else None for c in curves["curves"]],
        }
        for place in places
    ]
