"""The HTTP API of rules, datasets and presets."""

from typing import Any

from flask import Blueprint, Response, jsonify, make_response, url_for
from stockbt_domain.catalogue import RULES, Rule
from stockbt_domain.datasets import Dataset
from stockbt_domain.errors import DatasetNotFound
from stockbt_domain.presets import Preset
from stockbt_domain.run import isoformat
from stockbt_domain.usecases import save_preset
from werkzeug.wrappers import Response as AnyResponse

from .bodies import json_object, query
from .services import services
from .uploads import import_upload

blueprint = Blueprint("catalogue_api", __name__, url_prefix="/api")


def rule_json(rule: Rule) -> dict[str, Any]:
    """Return a rule as the API lists it."""
    relations = [f"{smaller} < {larger}" for smaller, larger in rule.relations]
    return {
        "name": rule.name,
        "aliases": list(rule.aliases),
        "description": rule.description,
        "buy": rule.buy,
        "sell": rule.sell,
        "relations": relations,
        "bars_needed": rule.bars_needed(rule.complete({})),
        "parameters": [
            {
                "name": p.name,
                "type": p.kind,
                "default": p.default,
                "minimum": p.minimum,
                "maximum": p.maximum,
                "relation": next((r for r in relations if p.name in r.split(" < ")), None),
                "description": p.description,
            }
            for p in rule.parameters
        ],
    }


def dataset_json(dataset: Dataset) -> dict[str, Any]:
    """Return a dataset as the API lists it."""
    return {
        "ticker": dataset.ticker,
        "timeframe": dataset.timeframe,
        "first": dataset.first.isoformat(),
        "last": dataset.last.isoformat(),
        "bars": dataset.bars,
        "data_hash": dataset.data_hash,
        "adjusted": dataset.adjusted,
        "size_bytes": dataset.size_bytes,
        "source": dataset.source,
        "imported_at": isoformat(dataset.imported_at),
        "findings": [
            {"code": f.code, "message": f.message, "count": f.count, "line": f.line, "date": f.date}
            for f in dataset.findings
        ],
    }


def preset_json(preset: Preset) -> dict[str, Any]:
    """Return a preset as the API lists it."""
    return {"id": preset.id, "name": preset.name, **preset.fields, "created_at": isoformat(preset.created_at)}


@blueprint.get("/rules")
def list_rules() -> Response:
    """Return every rule with its parameters."""
    query(())
    return jsonify({"rules": [rule_json(rule) for rule in RULES]})


@blueprint.get("/datasets")
def list_datasets() -> Response:
    """Return the newest version of every instrument."""
    query(())
    return jsonify({"datasets": [dataset_json(d) for d in services().datasets.all()]})


@blueprint.get("/datasets/<ticker>")
def show_dataset(ticker: str) -> Response:
    """Return an instrument's newest version, and all its versions."""
    versions = services().datasets.versions(ticker) if ticker.isprintable() and len(ticker) <= 32 else ()
    if not versions:
        raise DatasetNotFound("there is no data for this ticker; GET /api/datasets lists what there is")
    return jsonify({**dataset_json(versions[0]), "versions": [dataset_json(v) for v in versions]})


@blueprint.post("/datasets")
def import_dataset() -> AnyResponse:
    """Import a CSV file: 201, or 400 with the line of everything that is wrong."""
    done = import_upload()
    response = make_response(jsonify({**dataset_json(done.dataset), "known": done.known}), 201)
    response.headers["Location"] = url_for("catalogue_api.show_dataset", ticker=done.dataset.ticker)
    return response


@blueprint.get("/strategies")
def list_presets() -> Response:
    """Return every preset by name."""
    query(())
    return jsonify({"strategies": [preset_json(p) for p in services().presets.all()]})


@blueprint.post("/strategies")
def create_preset() -> AnyResponse:
    """Store a preset: 201, 400 with every problem, 409 for a name that is taken."""
    s = services()
    preset = save_preset(json_object(), presets=s.presets, clock=s.clock, ids=s.ids)
    return make_response(jsonify(preset_json(preset)), 201)


@blueprint.delete("/strategies/<preset_id>")
def delete_preset(preset_id: str) -> Response:
    """Delete a preset."""
    services().presets.delete(preset_id)
    return Response(status=204)
