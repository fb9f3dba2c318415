"""The list of runs: filtered, sorted and paged by key, with what can be done to those that are chosen."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, Response, redirect, render_template, request, url_for
from stockbt_domain.annotations import LONGEST_NOTE, LONGEST_TAG, MOST_TAGS, Annotation, read_annotation
from stockbt_domain.documents.run import describe
from stockbt_domain.errors import Conflict, InvalidInput, NotFound, Problem
from stockbt_domain.figures import FIGURES, LISTED
from stockbt_domain.messages import Message
from stockbt_domain.rules import RULES
from stockbt_domain.run import Run, Status, known_run_id
from stockbt_domain.run_query import RunQuery
from stockbt_domain.sparkline import drawable
from stockbt_domain.usecases.cancel import cancel
from stockbt_domain.usecases.reproduce import reproduce
from werkzeug.wrappers import Response as AnyResponse

from ..services import workbench
from ..text.display import shown
from ..text.languages import N_

blueprint = Blueprint("runs", __name__)

RUNS_ON_A_PAGE = 50
MOST_CHOSEN = 50
FILTERS = ("q", "ticker", "rule_type", "status", "rule_id", "tag", "data_hash")
NEWEST = "-created_at"
_SPARK_WIDTH, _SPARK_HEIGHT = 96.0, 22.0
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""

DONE: Mapping[str, str] = {
    "cancel": N_("cancelled"),
    "reproduce": N_("submitted again"),
    "tag": N_("tagged"),
}


@blueprint.get("/runs")
def runs_list() -> AnyResponse:
    """Return a page of the list; with `part=rows` its table alone, for a page that follows its runs."""
    asked = {name: request.args[name] for name in (*FILTERS, "sort") if request.args.get(name)}
    filters = {name: value for name, value in asked.items() if name != "sort"}
    cursor = request.args.get("cursor") or None
    problem, code, page = None, 200, None
    try:
        query = RunQuery(**asked, limit=RUNS_ON_A_PAGE, cursor=cursor)
        page = workbench().runs.page(query)
    except InvalidInput as error:
        problem, code = error.problems[0], 400
    text = render_template(
        "_runs_table.html" if request.args.get("part") == "rows" else "runs.html",
        following=_address({**asked, "cursor": page.next}) if page and page.next else None,
        first_page=_address(asked) if cursor else None,
        filters=filters,
        sort=asked.get("sort", NEWEST),
        order_by=lambda name: _address({**filters, "sort": _next_order(name, asked.get("sort", NEWEST))}),
        statuses=[status.value for status in Status],
        rules=RULES,
        problem=problem,
        choosable=True,
        done=_done(),
        here=request.full_path,
        **listed(page.runs if page else ()),
        **shown(),
    )
    return Response(text, code)


@blueprint.post("/runs/actions")
def runs_actions() -> AnyResponse:
    """Cancel, reproduce or tag the chosen runs, and return to the list with what became of them."""
    action, chosen = request.form.get("action", ""), request.form.getlist("runs")
    if action not in DONE:
        raise InvalidInput(
            (Problem.of("action", Message("NOT_ALLOWED.names", names=", ".join(DONE)), list(DONE)),)
        )
    if not 0 < len(chosen) <= MOST_CHOSEN:
        message = Message("OUT_OF_RANGE.runs", minimum=1, maximum=MOST_CHOSEN, count=len(chosen))
        raise InvalidInput((Problem.of("runs", message, {"minimum": 1, "maximum": MOST_CHOSEN}),))
    tags = [tag.strip() for tag in request.form.get("tag", "").split(",") if tag.strip()]
    if action == "tag":
        read_annotation({"tags": tags or [""]})
    left = 0
    for run_id in chosen:
        try:
            _act(action, known_run_id(run_id), tags)
        except (Conflict, NotFound):
            left += 1
    return redirect(_back({"did": action, "of": str(len(chosen)), "left": str(left)}), 303)


@blueprint.get("/runs/export.csv")
def runs_export() -> Response:
    """Return the chosen runs as CSV, one row a run with its terms and figures."""
    runs = workbench().runs
    chosen = request.args.getlist("runs")[:MOST_CHOSEN]
    found = [describe(runs.get(known_run_id(run_id))) for run_id in chosen]
    names = [
        name for name, value in (found[0] if found else {}).items() if not isinstance(value, dict | list)
    ]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([*names, "params", *(figure.name for figure in FIGURES)])
    for run in found:
        figures = [run["metrics"].get(figure.name) for figure in FIGURES]
        writer.writerow([_safe(run[name]) for name in names] + [_safe(run["params"])] + figures)
    response = Response(buffer.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="runs.csv"'
    return response


@blueprint.get("/runs/<run_id>/note")
def note_form(run_id: str) -> str:
    """Return the form for a run's tags and note."""
    run = workbench().runs.get(known_run_id(run_id))
    return _note_form(run, _annotation(run.run_id))


@blueprint.post("/runs/<run_id>/note")
def note_save(run_id: str) -> AnyResponse:
    """Keep a run's tags and note and return to where it was asked for, or show what is wrong with them."""
    runs = workbench().runs
    run = runs.get(known_run_id(run_id))
    tags = [tag.strip() for tag in request.form.get("tags", "").split(",") if tag.strip()]
    note = request.form.get("note", "")
    try:
        runs.annotate(run.run_id, read_annotation({"tags": tags, "note": note}))
    except InvalidInput as error:
        return Response(_note_form(run, Annotation(tuple(tags), note), error.problems), 400)
    return redirect(_back({}), 303)


def listed(runs: Sequence[Run]) -> dict[str, Any]:
    """Return what a table of runs is rendered from."""
    ports = workbench().runs
    ids = [run.run_id for run in runs]
    sparklines = ports.sparklines(ids)
    return {
        "runs": runs,
        "figure_columns": tuple(LISTED.values()),
        "annotations": ports.annotations(ids),
        "sparklines": {run_id: _polyline(values) for run_id, values in sparklines.items() if len(values) > 1},
        "open_count": sum(not run.status.terminal for run in runs),
    }


def _act(action: str, run_id: str, tags: Sequence[str]) -> None:
    bench = workbench()
    if action == "cancel":
        cancel(run_id, bench.dispatch)
    elif action == "reproduce":
        reproduce(run_id, bench)
    else:
        bench.runs.get(run_id)
        before = _annotation(run_id)
        bench.runs.annotate(run_id, read_annotation({"tags": [*before.tags, *tags], "note": before.note}))


def _annotation(run_id: str) -> Annotation:
    return workbench().runs.annotations([run_id]).get(run_id, Annotation())


def _note_form(run: Run, annotation: Annotation, problems: Sequence[Problem] = ()) -> str:
    return render_template(
        "note.html",
        run=run,
        annotation=annotation,
        problems=problems,
        back=_back({}),
        most_tags=MOST_TAGS,
        longest_tag=LONGEST_TAG,
        longest_note=LONGEST_NOTE,
        **shown(),
    )


def _back(more: Mapping[str, str]) -> str:
    """Return the address of the list as it was, from the form's or the query's `back`, with `more`."""
    path, _, text = (request.form.get("back") or request.args.get("back") or "").partition("?")
    kept = [(name, value) for name, value in parse_qsl(text) if name in (*FILTERS, "sort", "cursor")]
    if path.startswith("/runs/") and path.count("/") == 2 and not more:
        return url_for("pages.run", run_id=known_run_id(path.removeprefix("/runs/")))
    return _address(dict([*kept, *more.items()]))


def _done() -> tuple[str, int, int] | None:
    """Return what an action did, on how many runs, and how many it could not be done to."""
    action, of, left = (request.args.get(name, "") for name in ("did", "of", "left"))
    if action not in DONE or not (of.isdecimal() and left.isdecimal()) or max(len(of), len(left)) > 3:
        return None
    return DONE[action], max(0, int(of) - int(left)), int(left)


def _next_order(name: str, present: str) -> str:
    """Return the order that a column's head asks for: the best or newest first, then the other way round."""
    lower_is_better = name in LISTED and LISTED[name][0].better == "lower"
    best_first, worst_first = (name, f"-{name}") if lower_is_better else (f"-{name}", name)
    return worst_first if present == best_first else best_first


def _address(query: Mapping[str, str]) -> str:
    return f"{url_for('runs.runs_list')}?{urlencode(query)}" if query else url_for("runs.runs_list")


def _polyline(values: Sequence[float]) -> str:
    """Return the points of a sparkline."""
    values = drawable(values)
    low, high = min(values), max(values)
    step = _SPARK_WIDTH / (len(values) - 1)
    scale = (_SPARK_HEIGHT - 2) / (high - low) if high > low else 0.0
    return " ".join(
        f"{place * step:.1f},{_SPARK_HEIGHT - 1 - (value - low) * scale:.1f}"
        for place, value in enumerate(values)
    )


def _safe(value: object) -> str:
    """Return a value as CSV text that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text
