"""The API's own description, OpenAPI 3.1, generated from what validates the requests."""

from importlib.metadata import version

from flask import Blueprint, Response, jsonify
from stockbt_domain.annotations import LONGEST_NOTE, LONGEST_TAG, MOST_TAGS
from stockbt_domain.datasets import TIMEFRAMES
from stockbt_domain.fields import FIELDS, FIELDS_BY_NAME, Field
from stockbt_domain.rules import RULES
from stockbt_domain.run import Status
from stockbt_domain.run_query import SORTS
from stockbt_domain.usecases.presets import PRESET_FIELDS

from ..results.comparison import FEWEST, MOST
from .limits import LONGEST_CURSOR, LONGEST_KEY, MOST_RUNS, RUNS
from .openapi_parts import (
    LINES,
    OBJECT,
    ONE_LINE,
    RUN_ID,
    TEXT,
    Schema,
    answers,
    json_content,
    operation,
    parameter,
)
from .openapi_results import result_paths
from .runs import LONGEST_WAIT as WAIT

blueprint = Blueprint("openapi_api", __name__)

_TYPES = {"choice": "string", "date": "string"}
"""JSON's names of the kinds of fields that have another."""
_RUN_TEXT = (
    "error_kind error_code error_message ticker rule_type rule_id start_date end_date size_type "
    "direction timeframe execution created_at started_at completed_at launcher data_hash "
    "engine engine_version engine_digest image_tag run_key result_hash reproduces reuses verdict difference "
    "priority"
).split()
_RUN_NUMBERS = ["initial_capital", "fee_rate", "slippage_bps", "position_size"]


_ANNOTATION: Schema = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "tags": {
            "type": "array",
            "maxItems": MOST_TAGS,
            "items": {
                "type": "string",
                "minLength": 1,
                "maxLength": LONGEST_TAG,
                "pattern": ONE_LINE.replace("[^", "[^,"),
                "description": "Printable characters but the comma.",
            },
        },
        "note": {
            "type": "string",
            "maxLength": LONGEST_NOTE,
            "pattern": LINES,
            "description": "Printable characters, tabs and line ends.",
        },
    },
}


def field_schema(field: Field) -> Schema:
    """Return the JSON Schema of a request field."""
    if field.kind == "object":
        return {"type": "object", "description": field.description}
    kind = _TYPES.get(field.kind, field.kind)
    schema: Schema = {"type": [kind, "null"] if field.nullable else kind, "description": field.description}
    if field.kind == "date":
        schema["format"] = "date"
    if field.choices:
        schema["enum"] = list(field.choices)
    for name, keyword in (("minimum", "minimum"), ("maximum", "maximum"), ("above", "exclusiveMinimum")):
        if getattr(field, name) is not None:
            schema[keyword] = getattr(field, name)
    if field.max_length is not None:
        schema["maxLength"] = field.max_length
    if field.pattern is not None:
        schema["pattern"] = f"^{field.pattern.pattern}$"
    elif field.kind == "string":
        schema["pattern"] = ONE_LINE
    if field.required:
        schema["minLength"] = 1
    if field.default is not None:
        schema["default"] = field.default
    return schema


def _body(fields: tuple[Field, ...]) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [f.name for f in fields if f.required],
        "properties": {f.name: field_schema(f) for f in fields},
    }


def _request() -> Schema:
    body = _body(FIELDS)
    names = [name for rule in RULES for name in (rule.name, *rule.aliases)]
    body["properties"]["rule_type"] = {**body["properties"]["rule_type"], "enum": names}
    return body


def _run() -> Schema:
    return {
        "type": "object",
        "properties": {
            "run_id": {"type": "string", "format": "uuid"},
            "status": {"enum": [s.value for s in Status]},
            **{name: {"type": ["string", "null"]} for name in _RUN_TEXT},
            **{name: {"type": ["number", "null"]} for name in _RUN_NUMBERS},
            "params": {"type": ["object", "null"]},
            "attempt": {"type": "integer"},
            "reuse": {"type": "boolean"},
            "warnings": {"type": "array", "items": {"type": "object"}},
            **_ANNOTATION["properties"],
            "metrics": {"type": "object", "additionalProperties": {"type": ["number", "null"]}},
            "equity_curve": {"type": "object"},
            "trades": {"type": "array", "items": {"type": "object"}},
            "events": {"type": "array", "items": {"type": "object"}},
        },
    }


_PROBLEM: Schema = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "run_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "allowed": {},
                },
            },
        },
    },
}


_HEADERS = (
    parameter("Idempotency-Key", "header", {**TEXT, "maxLength": LONGEST_KEY, "pattern": r"^[\x20-\x7e]*$"}),
    parameter(
        "Prefer",
        "header",
        {"type": "string", "description": f"`wait=N`: the answer may wait N seconds, at most {WAIT:g}"},
    ),
)


def _run_paths() -> Schema:
    limit = {"type": "integer", "minimum": 1, "maximum": MOST_RUNS, "default": RUNS}
    names = ("ticker", "rule_type", "rule_id", "data_hash", "tag", "q")
    filters = [parameter(name, "query", TEXT) for name in names]
    cursor = {**TEXT, "maxLength": LONGEST_CURSOR, "description": "`next` of the page before, as it was"}
    orders = [f"{sign}{name}" for name in SORTS for sign in ("", "-")]
    states = parameter("status", "query", {"enum": [s.value for s in Status]})
    series = parameter("series", "query", {"enum": ["all", "none"]})
    several = {**TEXT, "description": f"Ids of {FEWEST} to {MOST} runs with commas between"}
    submit = answers(202, OBJECT, 400, 409, 413, 415, 500)
    again = answers(202, OBJECT, 404, 409)
    return {
        "/run_backtest": {
            "post": operation("Submit a backtest", submit, *_HEADERS, body=json_content("BacktestRequest"))
        },
        "/status/{run_id}": {"get": operation("One run", answers(200, "Run", 400, 404), RUN_ID, series)},
        "/api/runs": {
            "get": operation(
                "Runs, newest first or as `sort` says, with tags, note and spark line",
                answers(200, OBJECT, 400),
                *filters,
                states,
                parameter("cursor", "query", cursor),
                parameter("limit", "query", limit),
                parameter("sort", "query", {"enum": orders, "default": "-created_at"}),
            )
        },
        **result_paths(),
        "/api/compare": {
            "get": operation(
                "2 to 20 runs: curves on one time axis, figures with the best places, differences",
                answers(200, OBJECT, 400, 404),
                {**parameter("runs", "query", several), "required": True},
            )
        },
        "/api/runs/{run_id}/annotations": {
            "put": operation(
                "Replace a run's tags and note",
                answers(200, "Annotation", 400, 404, 413, 415),
                RUN_ID,
                body=json_content("Annotation"),
            )
        },
        "/api/runs/{run_id}/cancel": {
            "post": operation("Cancel an open run", answers(200, "Run", 404, 409), RUN_ID)
        },
        "/api/runs/{run_id}/reproduce": {"post": operation("Run it again and compare", again, RUN_ID)},
    }


def _other_paths() -> Schema:
    upload = {
        "type": "object",
        "required": ["file", "ticker"],
        "properties": {
            "file": {"type": "string", "format": "binary"},
            "ticker": field_schema(FIELDS_BY_NAME["ticker"]),
            "timeframe": {"enum": list(TIMEFRAMES)},
            "adjust": {"type": "boolean"},
        },
    }
    longest = FIELDS_BY_NAME["ticker"].max_length
    ticker = parameter("ticker", "path", {**TEXT, "maxLength": longest})
    preset = parameter("preset_id", "path", TEXT)
    return {
        "/api/rules": {"get": operation("Rules and their parameters", answers(200, OBJECT, 400))},
        "/api/datasets": {
            "get": operation("Instruments", answers(200, OBJECT, 400)),
            "post": operation(
                "Import a CSV file",
                answers(201, OBJECT, 400, 413, 415),
                body={"multipart/form-data": {"schema": upload}},
            ),
        },
        "/api/datasets/{ticker}": {"get": operation("One instrument", answers(200, OBJECT, 404), ticker)},
        "/api/strategies": {
            "get": operation("Presets", answers(200, OBJECT, 400)),
            "post": operation(
                "Save a preset",
                answers(201, OBJECT, 400, 409, 413, 415),
                body=json_content(_body(PRESET_FIELDS)),
            ),
        },
        "/api/strategies/{preset_id}": {
            "delete": operation("Delete a preset", answers(204, None, 404), preset)
        },
        "/health": {"get": operation("Alive", answers(200, OBJECT))},
        "/ready": {"get": operation("Able to serve", answers(200, OBJECT))},
        "/metrics": {"get": operation("Prometheus metrics", answers(200, None))},
    }


def document() -> Schema:
    """Return the OpenAPI document of the whole API."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "stockbt", "version": version("stockbt-web")},
        "paths": {**_run_paths(), **_other_paths()},
        "components": {
            "schemas": {
                "BacktestRequest": _request(),
                "Run": _run(),
                "Problem": _PROBLEM,
                "Annotation": _ANNOTATION,
            }
        },
    }


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """Return the description of this API as OpenAPI 3.1."""
    return jsonify(document())
