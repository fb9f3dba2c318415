"""A run as a row of its table."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from stockbt_domain.messages import Message, revived
from stockbt_domain.result import Caveat
from stockbt_domain.run import Run, Status

from .schema import runs

_COLUMN_OF = {
    "request_text": "request_json",
    "params_text": "params_json",
    "warnings": "warnings_json",
    "metrics": "metrics_json",
}
_COLUMNS = {field.name: _COLUMN_OF.get(field.name, field.name) for field in fields(Run)}
RUN = tuple(runs.c[column] for column in _COLUMNS.values())
"""The columns of a run."""


def row_of(run: Run) -> dict[str, Any]:
    """Return every column's value."""
    return columns_of({name: getattr(run, name) for name in _COLUMNS})


def columns_of(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields of a run as the columns that hold them."""
    values = {_COLUMNS[name]: value for name, value in changes.items()}
    if "status" in values:
        values["status"] = values["status"].value
    if "metrics_json" in values:
        values["metrics_json"] = dict(values["metrics_json"])
    if "warnings_json" in values:
        values["warnings_json"] = [_stored(caveat) for caveat in values["warnings_json"]]
    return values


def run_of(row: Mapping[Any, Any]) -> Run:
    """Return the run of a row."""
    values = {name: row[column] for name, column in _COLUMNS.items()}
    values["status"] = Status(values["status"])
    values["warnings"] = caveats_of(values["warnings"])
    return Run(**values)


def _stored(caveat: Caveat) -> dict[str, Any]:
    """Return a warning as the API has it, with what its sentence is made of beside it."""
    message = caveat.message
    return {**caveat.as_json(), **(message.as_json() if isinstance(message, Message) else {})}


def caveats_of(stored: list[dict[str, Any]]) -> tuple[Caveat, ...]:
    """Return the warnings of a row; those of earlier versions have their text alone."""
    return tuple(Caveat(caveat["code"], revived(caveat["message"], caveat)) for caveat in stored)
