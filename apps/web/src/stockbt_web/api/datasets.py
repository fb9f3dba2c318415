"""The HTTP API of datasets."""

from flask import Blueprint, Response, jsonify, make_response, url_for
from stockbt_domain.documents.dataset import dataset_document
from stockbt_domain.errors import DatasetNotFound
from stockbt_domain.messages import Message
from werkzeug.wrappers import Response as AnyResponse

from ..request_input import query
from ..services import workbench
from ..uploads import import_upload

blueprint = Blueprint("datasets_api", __name__, url_prefix="/api")


@blueprint.get("/datasets")
def list_datasets() -> Response:
    """Return the newest version of every instrument."""
    query(())
    return jsonify({"datasets": [dataset_document(d) for d in workbench().datasets.all()]})


@blueprint.get("/datasets/<ticker>")
def show_dataset(ticker: str) -> Response:
    """Return an instrument's newest version, and all its versions."""
    versions = workbench().datasets.versions(ticker) if ticker.isprintable() and len(ticker) <= 32 else ()
    if not versions:
        raise DatasetNotFound(Message("NO_DATA.ticker"))
    return jsonify({**dataset_document(versions[0]), "versions": [dataset_document(v) for v in versions]})


@blueprint.post("/datasets")
def import_dataset() -> AnyResponse:
    """Import a CSV file: 201, or 400 with the line of everything that is wrong."""
    done = import_upload()
    response = make_response(jsonify({**dataset_document(done.dataset), "known": done.known}), 201)
    response.headers["Location"] = url_for("datasets_api.show_dataset", ticker=done.dataset.ticker)
    return response
