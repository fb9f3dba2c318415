"""The calls of the HTTP API, from its OpenAPI document."""

from stockbt_web.api.openapi import document

from .markdown import code, codes, table


def calls() -> str:
    """Return the table of all calls, in the order of the OpenAPI document, which gives each a 503."""
    rows = [
        (code(f"{method.upper()} {path}"), call["summary"], codes(sorted(set(call["responses"]) - {"503"})))
        for path, methods in document()["paths"].items()
        for method, call in methods.items()
    ]
    return table(("call", "what it does", "answers"), rows)
