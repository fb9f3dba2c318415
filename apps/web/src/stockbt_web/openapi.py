"""The API's own description, OpenAPI 3.1, generated from what validates the requests."""

from importlib.metadata import version
from typing import Any

from stockbt_domain.catalogue import RULES
from stockbt_domain.datasets import TIMEFRAMES
from stockbt_domain.fields import FIELDS, Field
from stockbt_domain.run import Status
from stockbt_domain.usecases.presets import PRESET_FIELDS
from stockbt_reporting.chart_names import CHARTS, FORMATS

Schema = dict[str, Any]

_TYPES = {"choice": "string", "date": "string"}
"""JSON's names of the kinds of fields that have another."""
_RUN_TEXT = (
    "error_kind error_code error_message ticker rule_type rule_id start_date end_date size_type "
    "direction timeframe execution created_at started_at completed_at launcher data_hash "
    "engine_version engine_digest image_tag run_key result_hash reproduces reuses verdict difference "
    "priority"
).split()
_RUN_NUMBERS = ["initial_capital", "fee_rate", "slippage_bps", "position_size"]


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


def _json(schema: Schema | str) -> Schema:
    reference = {"$ref": f"#/components/schemas/{schema}"} if isinstance(schema, str) else schema
    return {"application/json": {"schema": reference}}


def _answers(good: int, schema: Schema | str | None, *bad: int) -> Schema:
    answer: Schema = {"description": "Done"}
    if schema is not None:
        answer["content"] = _json(schema)
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        str(good): answer,
        **{str(b): {"description": "A problem", "content": problem} for b in (*bad, 503)},
    }


def _parameter(name: str, where: str, schema: Schema) -> Schema:
    return {"name": name, "in": where, "required": where == "path", "schema": schema}


_RUN_ID = _parameter("run_id", "path", {"type": "string", "format": "uuid"})
_TEXT: Schema = {"type": "string"}
_OBJECT: Schema = {"type": "object"}


def _operation(summary: str, responses: Schema, *parameters: Schema, body: Schema | None = None) -> Schema:
    operation: Schema = {"summary": summary, "responses": responses}
    if parameters:
        operation["parameters"] = list(parameters)
    if body is not None:
        operation["requestBody"] = {"required": True, "content": body}
    return operation


def _run_paths() -> Schema:
    limit = {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
    filters = [
        _parameter(n, "query", _TEXT) for n in ("ticker", "rule_type", "rule_id", "data_hash", "cursor")
    ]
    states = _parameter("status", "query", {"enum": [s.value for s in Status]})
    series = _parameter("series", "query", {"enum": ["all", "none"]})
    headers = (_parameter("Idempotency-Key", "header", _TEXT), _parameter("Prefer", "header", _TEXT))
    submit = _answers(202, _OBJECT, 400, 409, 413, 415, 500)
    files = {
        f"/api/runs/{{run_id}}/{name}": {"get": _operation(summary, _answers(200, None, 404, 409), _RUN_ID)}
        for name, summary in (
            ("equity.csv", "Equity curve as CSV"),
            ("trades.csv", "Trades as CSV"),
            ("orders.csv", "Reasons log as CSV"),
            ("trades", "A page of trades"),
            ("orders", "A page of the reasons log"),
            ("analysis", "Drawdowns, returns by period, intervals, provenance of each figure"),
            ("series", "Curves for charts, thinned out"),
            ("series.bin", "The same as columns of float64: `from`, `to` (seconds), `points`, `columns`"),
            ("marks", "Trades between `from` and `to` (seconds) for a chart, thinned out where they are many"),
        )
    }
    name = _parameter("name", "path", {"enum": list(CHARTS)})
    kind = _parameter("kind", "path", {"enum": list(FORMATS)})
    again = _answers(202, _OBJECT, 404, 409)
    return {
        "/run_backtest": {
            "post": _operation("Submit a backtest", submit, *headers, body=_json("BacktestRequest"))
        },
        "/status/{run_id}": {"get": _operation("One run", _answers(200, "Run", 400, 404), _RUN_ID, series)},
        "/api/runs": {
            "get": _operation(
                "Runs, newest first",
                _answers(200, _OBJECT, 400),
                *filters,
                states,
                _parameter("limit", "query", limit),
            )
        },
        **files,
        "/api/runs/{run_id}/charts/{name}.{kind}": {
            "get": _operation("A chart as a picture", _answers(200, None, 404, 409), _RUN_ID, name, kind)
        },
        "/api/compare": {
            "get": _operation(
                "2 to 20 runs: curves on one time axis, figures with the best places, differences",
                _answers(200, _OBJECT, 400, 404),
                {**_parameter("runs", "query", _TEXT), "required": True},
            )
        },
        "/api/runs/{run_id}/cancel": {
            "post": _operation("Cancel an open run", _answers(200, "Run", 404, 409), _RUN_ID)
        },
        "/api/runs/{run_id}/reproduce": {"post": _operation("Run it again and compare", again, _RUN_ID)},
    }


def _other_paths() -> Schema:
    upload = {
        "type": "object",
        "required": ["file", "ticker"],
        "properties": {
            "file": {"type": "string", "format": "binary"},
            "ticker": _TEXT,
            "timeframe": {"enum": list(TIMEFRAMES)},
            "adjust": {"type": "boolean"},
        },
    }
    ticker = _parameter("ticker", "path", _TEXT)
    preset = _parameter("preset_id", "path", _TEXT)
    return {
        "/api/rules": {"get": _operation("Rules and their parameters", _answers(200, _OBJECT, 400))},
        "/api/datasets": {
            "get": _operation("Instruments", _answers(200, _OBJECT, 400)),
            "post": _operation(
                "Import a CSV file",
                _answers(201, _OBJECT, 400, 413, 415),
                body={"multipart/form-data": {"schema": upload}},
            ),
        },
        "/api/datasets/{ticker}": {"get": _operation("One instrument", _answers(200, _OBJECT, 404), ticker)},
        "/api/strategies": {
            "get": _operation("Presets", _answers(200, _OBJECT, 400)),
            "post": _operation(
                "Save a preset", _answers(201, _OBJECT, 400, 409, 413, 415), body=_json(_body(PRESET_FIELDS))
            ),
        },
        "/api/strategies/{preset_id}": {
            "delete": _operation("Delete a preset", _answers(204, None, 404), preset)
        },
        "/health": {"get": _operation("Alive", _answers(200, _OBJECT))},
        "/ready": {"get": _operation("Able to serve", _answers(200, _OBJECT))},
        "/metrics": {"get": _operation("Prometheus metrics", _answers(200, None))},
    }


def document() -> Schema:
    """Return the OpenAPI document of the whole API."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "stockbt", "version": version("stockbt-web")},
        "paths": {**_run_paths(), **_other_paths()},
        "components": {"schemas": {"BacktestRequest": _request(), "Run": _run(), "Problem": _PROBLEM}},
    }
