"""The app factory: routes, errors and security around the services; nothing is opened on import."""

import logging
import time

from flask import Flask, Response, g, request
from flask_compress import Compress

from . import (
    catalogue_api,
    compare_page,
    data_page,
    exports_api,
    marks_api,
    operations_api,
    pages,
    results_api,
    runs_api,
    runs_page,
    series_api,
)
from .languages import speak
from .metrics import REQUEST_SECONDS, REQUESTS
from .problems import handle_errors
from .security import secure
from .services import Services
from .wording import said, said_of_event, said_of_run

log = logging.getLogger(__name__)

QUIET = {"/health", "/ready", "/metrics", "/static/<path:filename>"}
"""Routes that machines ask all the time; a line for each would drown the others."""


def make_app(services: Services) -> Flask:
    """Return the web app on these services."""
    app = Flask("stockbt_web")
    app.config["MAX_CONTENT_LENGTH"] = 1 << 20
    app.config["COMPRESS_ALGORITHM"] = ["br", "gzip"]  # series.bin compresses itself, for speed
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the provider is Flask's default one
    app.extensions["stockbt"] = services
    for module in (
        pages,
        runs_page,
        data_page,
        compare_page,
        runs_api,
        results_api,
        exports_api,
        series_api,
        marks_api,
        catalogue_api,
        operations_api,
    ):
        app.register_blueprint(module.blueprint)
    speak(app)
    app.add_template_filter(said)
    app.add_template_filter(said_of_run)
    app.add_template_filter(said_of_event)
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
        route = request.url_rule.rule if request.url_rule else "unmatched"
        seconds = time.perf_counter() - g.get("started", time.perf_counter())
        REQUESTS.labels(request.method, route, response.status_code).inc()
        REQUEST_SECONDS.labels(request.method, route).observe(seconds)
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
