"""The HTTP API of presets, which it calls strategies."""

from flask import Blueprint, Response, jsonify, make_response
from stockbt_domain.documents.preset import preset_document
from stockbt_domain.usecases.presets import save_preset
from werkzeug.wrappers import Response as AnyResponse

from ..request_input import json_object, query
from ..services import workbench

blueprint = Blueprint("presets_api", __name__, url_prefix="/api")


@blueprint.get("/strategies")
def list_presets() -> Response:
    """Return every preset by name."""
    query(())
    return jsonify({"strategies": [preset_document(p) for p in workbench().presets.all()]})


@blueprint.post("/strategies")
def create_preset() -> AnyResponse:
    """Store a preset: 201, 400 with every problem, 409 for a name that is taken."""
    bench = workbench()
    preset = save_preset(json_object(), presets=bench.presets, clock=bench.clock, ids=bench.ids)
    return make_response(jsonify(preset_document(preset)), 201)


@blueprint.delete("/strategies/<preset_id>")
def delete_preset(preset_id: str) -> Response:
    """Delete a preset."""
    workbench().presets.delete(preset_id)
    return Response(status=204)
