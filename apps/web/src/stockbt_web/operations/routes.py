"""What operators and machines ask: health, readiness, metrics."""

from flask import Blueprint, Response, jsonify

from ..problems import problem
from ..services import services
from .metrics import CONTENT_TYPE, exposition

blueprint = Blueprint("operations_api", __name__)


@blueprint.get("/health")
def health() -> Response:
    """Return that this process is alive; asks nothing of anybody."""
    return jsonify({"status": "ok"})


@blueprint.get("/ready")
def ready() -> Response:
    """Return whether the database is reachable and at the revision of its schema."""
    why_not = services().ready()
    return jsonify({"status": "ready"}) if why_not is None else problem(503, "Not ready", why_not)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Return the Prometheus metrics of this web app, and the database's state as it is now."""
    return Response(exposition(services().gauges), content_type=CONTENT_TYPE)
