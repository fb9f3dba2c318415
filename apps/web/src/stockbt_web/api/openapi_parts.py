"""The small parts that the API's description is put together from."""

from typing import Any

Schema = dict[str, Any]


def json_content(schema: Schema | str) -> Schema:
    """Return a JSON body of a schema, or of the component of that name."""
    reference = {"$ref": f"#/components/schemas/{schema}"} if isinstance(schema, str) else schema
    return {"application/json": {"schema": reference}}


def answers(good: int, schema: Schema | str | None, *bad: int) -> Schema:
    """Return the answers of a call: what it gives, and the statuses of its problems."""
    found: Schema = {"description": "Done"}
    if schema is not None:
        found["content"] = json_content(schema)
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        str(good): found,
        **{str(b): {"description": "A problem", "content": problem} for b in (*bad, 503)},
    }


def parameter(name: str, where: str, schema: Schema) -> Schema:
    """Return a parameter of the path, the query or a header."""
    return {"name": name, "in": where, "required": where == "path", "schema": schema}


ONE_LINE = r"^[^\u0000-\u001f\u007f-\u009f]*$"
"""Text without control characters; what else cannot be printed, Unicode says and no pattern."""

LINES = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$"
"""The same with tabs and line ends."""

RUN_ID = parameter("run_id", "path", {"type": "string", "format": "uuid"})
TEXT: Schema = {"type": "string", "minLength": 1}
OBJECT: Schema = {"type": "object"}


def operation(summary: str, responses: Schema, *parameters: Schema, body: Schema | None = None) -> Schema:
    """Return what a call takes and answers."""
    call: Schema = {"summary": summary, "responses": responses}
    if parameters:
        call["parameters"] = list(parameters)
    if body is not None:
        call["requestBody"] = {"required": True, "content": body}
    return call
