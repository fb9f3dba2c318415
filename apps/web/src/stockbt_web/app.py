"""The app factory: routes, errors and security around the services; nothing is opened on import."""

import time

from flask import Flask, Response, g, request
from prometheus_client import Counter, Histogram

from . import catalogue_api, operations_api, pages, results_api, runs_api
from .problems import handle_errors
from .security import secure
from .services import Services

REQUESTS = Counter("http_requests_total", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram("http_request_duration_seconds", "Time to answer.", ["method", "route"])


def make_app(services: Services) -> Flask:
    """Return the web app on these services."""
    app = Flask("stockbt_web")
    app.config["MAX_CONTENT_LENGTH"] = 1 << 20
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the provider is Flask's default one
    app.extensions["stockbt"] = services
    for module in (pages, runs_api, results_api, catalogue_api, operations_api):
        app.register_blueprint(module.blueprint)
    secure(app)
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
        REQUESTS.labels(request.method, route, response.status_code).inc()
        SECONDS.labels(request.method, route).observe(
            time.perf_counter() - g.get("started", time.perf_counter())
        )
        return response
