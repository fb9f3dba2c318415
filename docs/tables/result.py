"""The result contract: a run's fields, its figures and tables, and what its key is made of."""

import ast
import inspect

from stockbt_domain import reproducibility
from stockbt_domain.columns import ORDER_COLUMNS, ORDER_REASONS, TRADE_COLUMNS
from stockbt_domain.figures import FIGURES
from stockbt_web.api.openapi import document

from .markdown import code, table
from .meanings import ORDERS, REASONS, RUN, TRADES

_KINDS = {"q": "64-bit integer", "d": "float64", "b": "8-bit integer"}


def run_fields() -> str:
    """Return the table of a run's fields as `GET /status` gives them."""
    properties = document()["components"]["schemas"]["Run"]["properties"]
    rows = [(code(name), _kind(properties.get(name, {})), text) for name, text in RUN.items()]
    return table(("field", "type", "meaning"), rows)


def metrics() -> str:
    """Return the table of the figures with their formulas."""
    rows = [(code(figure.name), figure.formula, figure.over) for figure in FIGURES]
    return table(("figure", "formula", "over"), rows)


def definitions() -> str:
    """Return the table of the figures with who else prints the same."""
    rows = [(code(figure.name), figure.unit, figure.formula, figure.same_in) for figure in FIGURES]
    return table(("metric", "unit", "definition", "equals"), rows)


def trade_columns() -> str:
    """Return the table of a trade's fields."""
    return _columns(TRADE_COLUMNS, TRADES)


def order_columns() -> str:
    """Return the table of the reasons log's fields."""
    return _columns(ORDER_COLUMNS, ORDERS)


def order_reasons() -> str:
    """Return the table of what may become of a signal."""
    return table(
        ("`reason`", "what became of the signal"), ((code(name), REASONS[name]) for name in ORDER_REASONS)
    )


def run_key_fields() -> str:
    """Return what goes into the run_key, read off the function that makes it."""
    tree = ast.parse(inspect.getsource(reproducibility.run_key))
    (content,) = (node for node in ast.walk(tree) if isinstance(node, ast.Dict))
    names = [key.value for key in content.keys if isinstance(key, ast.Constant)]
    return f"{', '.join(code(name) for name in names)}."


def _columns(columns: dict[str, str], meanings: dict[str, str]) -> str:
    rows = [(code(name), _KINDS[kind], meanings[name]) for name, kind in columns.items()]
    return table(("column", "stored as", "meaning"), rows)


def _kind(schema: dict[str, object]) -> str:
    if "enum" in schema:
        return "string"
    kind = schema.get("type", "string")
    return ", or ".join(kind) if isinstance(kind, list) else str(kind)
