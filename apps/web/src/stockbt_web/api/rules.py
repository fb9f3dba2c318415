"""The HTTP API of rules."""

from flask import Blueprint, Response, jsonify
from stockbt_domain.documents.rule import rule_document
from stockbt_domain.rules import RULES

from ..request_input import query

blueprint = Blueprint("rules_api", __name__, url_prefix="/api")


@blueprint.get("/rules")
def list_rules() -> Response:
    """Return every rule with its parameters."""
    query(())
    return jsonify({"rules": [rule_document(rule) for rule in RULES]})
