"""The HTTP API of the trades that a chart marks in the window it shows."""

from flask import Blueprint, Response, jsonify
from stockbt_domain.run import known_run_id

from ..request_input import query, whole_number
from ..results.curves import table_of
from ..services import workbench
from .limits import FARTHEST_SECOND as FAR

blueprint = Blueprint("marks_api", __name__, url_prefix="/api/runs/<run_id>")


@blueprint.get("/marks")
def marks(run_id: str) -> Response:
    """Return the trades between `from` and `to` (seconds), thinned out where they are many."""
    from ..results import trades as trade_pages  # numpy, which /health does without

    args = query(("from", "to"))
    start, end = whole_number(args, "from", -FAR, -FAR, FAR), whole_number(args, "to", FAR, -FAR, FAR)
    run = workbench().runs.get(known_run_id(run_id))
    return jsonify(trade_pages.marks(trade_pages.arrays(table_of(run, "trades")), start=start, end=end))
