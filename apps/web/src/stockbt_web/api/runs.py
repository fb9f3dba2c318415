"""The HTTP API of runs: submit, status, list, cancel, reproduce."""

import re
import time

from flask import Blueprint, Response, g, jsonify, make_response, redirect, request, url_for
from stockbt_domain.documents.run import whole
from stockbt_domain.documents.run_list import listing
from stockbt_domain.errors import InvalidInput, Problem
from stockbt_domain.idempotency import IdempotencyKey
from stockbt_domain.messages import Message
from stockbt_domain.reproducibility import sha256_text
from stockbt_domain.request import LARGEST_BODY, read_request
from stockbt_domain.run import Run, Status, known_run_id
from stockbt_domain.run_query import RunQuery
from stockbt_domain.usecases.annotate import annotate
from stockbt_domain.usecases.cancel import cancel
from stockbt_domain.usecases.reproduce import reproduce
from stockbt_domain.usecases.submit import Submission, submit
from stockbt_observability.tracing import span, traceparent
from werkzeug.wrappers import Response as AnyResponse

from ..operations.metrics import count_submission
from ..pages import dashboard as pages
from ..problems import problem
from ..request_input import FORM, form_text, json_object, json_text, query, whole_number
from ..services import services, workbench
from .limits import LONGEST_KEY, MOST_RUNS, RUNS

blueprint = Blueprint("runs_api", __name__)

LONGEST_WAIT = 30.0
_SERIES = ("all", "none")
_FILTERS = ("ticker", "rule_type", "status", "rule_id", "data_hash", "tag", "q")
LARGEST_ANNOTATION = 64 * 1024
"""Bytes of a body that every permitted note and tag fits into."""


@blueprint.post("/run_backtest")
def run_backtest() -> AnyResponse:
    """Accept a backtest: 202, or 400 with every problem; a form is sent on to the run's page."""
    if request.mimetype == FORM:
        return _from_form()
    text = json_text()
    submission = _submit(text, _idempotency(text))
    if submission.problems:
        detail = "; ".join(f"{p.field} {p.message}" for p in submission.problems)
        return problem(
            400, "The request is not valid", detail, submission.problems, _addresses(submission.run)
        )
    run = submission.run
    if run.end.error_kind == "system_error" and run.attempt == 0:
        return problem(
            500, "The run could not be launched", run.end.error_message or "", more=_addresses(run)
        )
    seconds = _preferred_wait()
    if seconds is not None:
        waited = _wait_for_end(run, seconds)
        _tidy(waited)
        response = make_response(jsonify(whole(waited, runs=workbench().runs)))
        response.headers["Preference-Applied"] = f"wait={seconds:g}"
        return response
    response = make_response(jsonify(_links(run)), 202)
    response.headers["Location"] = url_for("runs_api.get_status", run_id=run.run_id)
    return response


def _from_form() -> AnyResponse:
    request.max_content_length = LARGEST_BODY
    submission = _submit(form_text(request.form), None)
    if submission.problems:
        page = pages.render_dashboard(form=request.form.to_dict(), problems=list(submission.problems))
        return make_response(page, 400)
    return redirect(url_for("pages.run", run_id=submission.run.run_id), 303)


def _submit(text: str, idempotency: IdempotencyKey | None) -> Submission:
    with span("submit"):
        submission = submit(
            read_request(text), workbench(), idempotency=idempotency, trace_context=traceparent()
        )
    count_submission(submission)
    if submission.run.place.queue_at is not None:
        services().wake()  # to the queue: a slot may be free, with others before this run
    g.run_id = submission.run.run_id
    return submission


def _idempotency(text: str) -> IdempotencyKey | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not key or len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise InvalidInput((Problem.of("Idempotency-Key", Message("NOT_ALLOWED.key")),))
    return IdempotencyKey(request.remote_addr or "", key, sha256_text(text), workbench().clock.now())


def _addresses(run: Run) -> dict[str, str]:
    return {
        "run_id": run.run_id,
        "status_url": url_for("runs_api.get_status", run_id=run.run_id),
        "run_url": url_for("pages.run", run_id=run.run_id),
    }


def _links(run: Run) -> dict[str, str]:
    """Return where an accepted run is found; a repeated submission may find it ended already."""
    addresses = _addresses(run)
    status_now = run.status if run.status.terminal else Status.PENDING
    return {"run_id": addresses.pop("run_id"), "status": status_now.value, **addresses}


def _preferred_wait() -> float | None:
    """Return the seconds of `Prefer: wait=N` (RFC 7240), at most 30; None where there is none."""
    found = re.search(r"(?:^|[,;\s])wait=\"?(\d{1,6})\"?", request.headers.get("Prefer", ""))
    return min(float(found[1]), LONGEST_WAIT) if found else None


def _wait_for_end(run: Run, seconds: float) -> Run:
    runs = workbench().runs
    deadline = time.monotonic() + seconds
    pause = 0.02
    while not run.status.terminal and time.monotonic() < deadline:
        time.sleep(min(pause, max(0.0, deadline - time.monotonic())))
        pause = min(pause * 1.5, 0.5)
        run = runs.get(run.run_id)
    return run


def _tidy(run: Run) -> None:
    """Have the job of a succeeded run deleted by whoever sees the run first, in the background: an answer
    waits for no launcher."""
    if run.status is Status.SUCCEEDED and run.place.holds_slot:
        services().wake()


@blueprint.get("/status/<run_id>")
def get_status(run_id: str) -> AnyResponse:
    """Return one run; a terminal one has an ETag, which changes with its tags and note alone."""
    series = query(("series",)).get("series", "all")
    if series not in _SERIES:
        raise InvalidInput((Problem.of("series", Message("NOT_ALLOWED.series"), list(_SERIES)),))
    run_id = known_run_id(run_id)
    run = workbench().runs.get(run_id)
    _tidy(run)
    if not run.status.terminal:
        response = make_response(jsonify(whole(run, runs=workbench().runs, series=series == "all")))
        response.headers["Cache-Control"] = "no-store"
        return response
    written = workbench().runs.annotations([run_id]).get(run_id)
    tag = sha256_text(f"{run_id} {run.status} {run.completed_at} {run.end.result_hash} {series} {written}")[
        :32
    ]
    if request.if_none_match.contains(tag):
        response = Response(status=304)
    else:
        response = make_response(jsonify(whole(run, runs=workbench().runs, series=series == "all")))
    response.set_etag(tag)
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/api/runs")
def list_runs() -> Response:
    """Return a page of runs, newest first or as `sort` says, with tags, note and sparkline."""
    args = query((*_FILTERS, "limit", "cursor", "sort"))
    wanted = args.get("status")
    if wanted is not None and wanted not in list(Status):
        allowed = [s.value for s in Status]
        raise InvalidInput(
            (Problem.of("status", Message("NOT_ALLOWED.names", names=", ".join(allowed)), allowed),)
        )
    limit = whole_number(args, "limit", RUNS, 1, MOST_RUNS)
    given = {name: args[name] for name in (*_FILTERS, "cursor", "sort") if name in args}
    return jsonify(listing(RunQuery(**given, limit=limit), runs=workbench().runs))


@blueprint.put("/api/runs/<run_id>/annotations")
def put_annotations(run_id: str) -> Response:
    """Replace a run's tags and note, which are no part of its result."""
    annotation = annotate(known_run_id(run_id), json_object(LARGEST_ANNOTATION), runs=workbench().runs)
    return jsonify(annotation.as_json())


@blueprint.post("/api/runs/<run_id>/cancel")
def cancel_run(run_id: str) -> AnyResponse:
    """End an open run as cancelled; a form is sent on to the run's page."""
    bench = workbench()
    run = cancel(known_run_id(run_id), bench.dispatch)
    services().wake()  # its slot is free, and who waited for it goes on
    if request.mimetype == FORM:
        return redirect(url_for("pages.run", run_id=run.run_id), 303)
    return jsonify(whole(run, runs=bench.runs))


@blueprint.post("/api/runs/<run_id>/reproduce")
def reproduce_run(run_id: str) -> AnyResponse:
    """Execute a run's row again; the new run compares itself with the old one."""
    run = reproduce(known_run_id(run_id), workbench())
    if request.mimetype == FORM:
        return redirect(url_for("pages.run", run_id=run.run_id), 303)
    response = make_response(jsonify({**_links(run), "reproduces": run.reproduces}), 202)
    response.headers["Location"] = url_for("runs_api.get_status", run_id=run.run_id)
    return response
