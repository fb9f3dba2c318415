"""The app factory: routes, errors and security around the services; nothing is opened on import."""

import logging
import time

from flask import Flask, Response, g, request
from flask_compress import Compress

from .api import datasets, exports, marks, openapi, presets, results, rules, series
from .api import runs as runs_api
from .json_answers import FiniteJson
from .operations import routes as operations
from .operations.metrics import REQUEST_SECONDS, REQUESTS, request_labels
from .pages import compare, dashboard, data
from .pages import runs as runs_page
from .problems import handle_errors
from .security import secure
from .services import Services
from .text.languages import speak
from .text.stored import said_of_caveat, said_of_event, said_of_finding, said_of_run
from .text.wording import said

log = logging.getLogger(__name__)

QUIET = {"/health", "/ready", "/metrics", "/static/<path:filename>"}
"""Routes that machines ask all the time; a line for each would drown the others."""


def make_app(services: Services) -> Flask:
    """Return the web app on these services."""
    app = Flask("stockbt_web")
    app.config["MAX_CONTENT_LENGTH"] = 1 << 20
    app.config["COMPRESS_ALGORITHM"] = ["br", "gzip"]  # series.bin compresses itself, for speed
    app.json = FiniteJson(app)
    app.extensions["stockbt"] = services
    for module in (
        *(dashboard, runs_page, data, compare),
        *(runs_api, results, exports, series, marks, rules, datasets, presets, openapi),
        operations,
    ):
        app.register_blueprint(module.blueprint)
    speak(app)
    app.add_template_filter(said)
    for of_a_row in (said_of_run, said_of_event, said_of_caveat, said_of_finding):
        app.add_template_filter(of_a_row)
    secure(app)
    Compress(app)
    handle_errors(app)
    _measure(app)
    return app


def _measure(app: Flask) -> None:
    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def count(response: Response) -> Response:
        method, route = request_labels()
        seconds = time.perf_counter() - g.get("started", time.perf_counter())
        REQUESTS.labels(method, route, response.status_code).inc()
        REQUEST_SECONDS.labels(method, route).observe(seconds)
        if route not in QUIET:
            log.info("request answered", extra=_fields(route, response, seconds))
        return response


def _fields(route: str, response: Response, seconds: float) -> dict[str, object]:
    fields: dict[str, object] = {
        "method": request.method,
        "route": route,
        "status": response.status_code,
        "milliseconds": round(seconds * 1000, 1),
    }
    run_id = g.get("run_id") or (request.view_args or {}).get("run_id")
    return {**fields, "run_id": run_id} if run_id else fields
