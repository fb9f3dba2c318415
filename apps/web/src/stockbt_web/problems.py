"""Errors as answers: application/problem+json for programs, a page for people."""

import logging
from collections.abc import Mapping

from flask import Flask, Response, render_template, request
from flask.json import dumps
from stockbt_domain.errors import (
    Conflict,
    IdempotencyConflict,
    InvalidInput,
    NoResult,
    NotFound,
    PresetNameTaken,
    Problem,
    RunAlreadyEnded,
    StockbtError,
    StorageUnavailable,
)
from werkzeug.exceptions import HTTPException

from .text.languages import N_, gettext, number
from .text.wording import said

log = logging.getLogger(__name__)

RETRY_SECONDS = 5
_STATUS: tuple[tuple[type[StockbtError], int, str], ...] = (
    (InvalidInput, 400, N_("The input is not valid")),
    (NotFound, 404, N_("Not found")),
    (IdempotencyConflict, 409, N_("The Idempotency-Key was used with another body")),
    (PresetNameTaken, 409, N_("The name is taken")),
    (RunAlreadyEnded, 409, N_("The run had ended")),
    (NoResult, 409, N_("The run has no result")),
    (Conflict, 409, N_("The request contradicts what is stored")),
    (StorageUnavailable, 503, N_("The database is away")),
)


def problem(
    status: int,
    title: str,
    detail: str,
    problems: tuple[Problem, ...] = (),
    more: Mapping[str, str] | None = None,
) -> Response:
    """Return an error as RFC 9457 has it, with all its `errors`."""
    body: dict[str, object] = {"type": "about:blank", "title": said(title), "status": status}
    body["detail"] = said(detail)
    if problems:
        body["errors"] = [{**p.as_json(), "message": said(p.message)} for p in problems]
    response = Response(dumps({**body, **(more or {})}), status, mimetype="application/problem+json")
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def wants_page() -> bool:
    """Return whether a browser asks for a page rather than a program for data."""
    if request.path.startswith("/api/") or request.path.startswith("/status/"):
        return False
    return request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"


def answer(status: int, title: str, detail: str, problems: tuple[Problem, ...] = ()) -> Response:
    """Return an error as a page or as a problem document, as the client wants it."""
    if not wants_page():
        return problem(status, title, detail, problems)
    page = Response(
        render_template("error.html", status=status, title=said(title), detail=said(detail)), status
    )
    if status == 503:
        page.headers["Retry-After"] = str(RETRY_SECONDS)
    return page


def handle_errors(app: Flask) -> None:
    """Register the one place where errors become answers; no trace ever leaves the log."""

    @app.errorhandler(StockbtError)
    def ours(error: StockbtError) -> Response:
        status, title = next(
            ((s, t) for kind, s, t in _STATUS if isinstance(error, kind)), (500, N_("System error"))
        )
        if status >= 500:
            log.error("the request failed", exc_info=error)
        problems = error.problems if isinstance(error, InvalidInput) else ()
        detail = "; ".join(f"{p.field}: {said(p.message)}" for p in problems) or str(error) or title
        if status == 503:
            told = f"{detail[0].upper()}{detail[1:]}; nothing is lost. Try again in a few seconds."
            sentence = N_("The database cannot be reached now; nothing is lost. Try again in a few seconds.")
            detail = sentence if wants_page() else told
        return answer(status, title, detail, problems)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        detail = error.description or error.name
        if error.code == 413 and request.max_content_length is not None:
            limit = number(request.max_content_length)
            detail = gettext("The body may have at most %(limit)s bytes.") % {"limit": limit}
        response = answer(error.code or 500, error.name, detail)
        for name, value in error.get_headers():
            if name not in ("Content-Type", "Content-Length"):
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def unforeseen(error: Exception) -> Response:
        log.error("the request failed", exc_info=error)
        return answer(500, N_("System error"), N_("Something went wrong here; the log has the details."))
