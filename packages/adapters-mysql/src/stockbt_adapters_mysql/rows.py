"""A run as a row of its table: the parts of a run lie flat in its columns."""

from collections.abc import Sequence
from dataclasses import fields
from itertools import accumulate
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement
from stockbt_domain.messages import Message, revived
from stockbt_domain.pin import Pin
from stockbt_domain.request import BacktestRequest, RejectedRequest
from stockbt_domain.result import Caveat
from stockbt_domain.run import ComputedBy, End, Place, Run, Status

from .schema import runs


def _names(part: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(part))


_OWN = tuple(name for name in _names(Run) if name not in ("request", "pin", "computed_by", "place", "end"))
_REQUEST = _names(BacktestRequest)
"""Those of a rejected request too. The days and the timeframe of a pin are its request's."""
_PIN = ("data_hash", "adjusted")
_COMPUTED_BY, _PLACE, _END = _names(ComputedBy), _names(Place), _names(End)
_PARTS = (_OWN, _REQUEST, _PIN, _COMPUTED_BY, _PLACE, _END)
_COLUMN_OF = {
    "request_text": "request_json",
    "params_text": "params_json",
    "warnings": "warnings_json",
    "metrics": "metrics_json",
}
_COLUMNS = tuple(_COLUMN_OF.get(name, name) for part in _PARTS for name in part)
RUN = tuple(runs.c[column] for column in _COLUMNS)
"""The columns of a run, in the order in which `run_of` takes them."""

_ENDS = tuple(accumulate(len(part) for part in _PARTS))
_SLICES = tuple(map(slice, (0, *_ENDS), _ENDS))
_days_of = itemgetter(*(_COLUMNS.index(name) for name in ("start_date", "end_date", "timeframe")))


def row_of(run: Run) -> dict[str, Any]:
    """Return every column's value."""
    asked, pin, by, place, end = run.request, run.pin, run.computed_by, run.place, run.end
    values = (
        *(getattr(run, name) for name in _OWN),
        *(getattr(asked, name) for name in _REQUEST),
        *((None, False) if pin is None else (pin.data_hash, pin.adjusted)),
        *(None if by is None else getattr(by, name) for name in _COMPUTED_BY),
        *(getattr(place, name) for name in _PLACE),
        *(getattr(end, name) for name in _END),
    )
    row = dict(zip(_COLUMNS, values, strict=True))
    row["status"] = run.status.value
    row["warnings_json"] = [_stored(caveat) for caveat in end.warnings]
    row["metrics_json"] = dict(end.metrics)
    return row


def changes_of(before: Run, after: Run, *, transition: bool) -> dict[str, Any]:
    """Return the columns that a save writes: those in which the two differ, and the run's state. A transition
    decides on queue and waiting as well; a note is refused where they are not as it saw them."""
    was, now = row_of(before), row_of(after)
    always = {"status", "attempt", *(("queue_at", "waits_for") if transition else ())}
    return {name: value for name, value in now.items() if name in always or value != was[name]}


def as_noted(before: Run) -> list[ColumnElement[bool]]:
    """Return the conditions on a row that a note finds as it was seen, beside status and attempt."""
    names = ("launches", "holds_slot", "queue_at", "waits_for")
    return [runs.c[name].is_not_distinct_from(getattr(before.place, name)) for name in names]


def run_of(row: Sequence[Any]) -> Run:
    """Return the run of a row that begins with the columns RUN."""
    values, asked, (data_hash, adjusted), by, place, end = (row[part] for part in _SLICES)
    own = dict(zip(_OWN, values, strict=True))
    own["status"] = Status(own["status"])
    told = dict(zip(_END, end, strict=True))
    told["warnings"] = caveats_of(told["warnings"])
    pinned = data_hash is not None  # as every accepted request is, and no other
    return Run(
        **own,
        request=BacktestRequest(*asked) if pinned else RejectedRequest(*asked),
        pin=Pin(data_hash, adjusted, *_days_of(row)) if pinned else None,
        computed_by=None if by[0] is None else ComputedBy(*by),
        place=Place(*place),
        end=End(**told),
    )


def _stored(caveat: Caveat) -> dict[str, Any]:
    """Return a warning as the API has it, with what its sentence is made of beside it."""
    message = caveat.message
    return {**caveat.as_json(), **(message.as_json() if isinstance(message, Message) else {})}


def caveats_of(stored: list[dict[str, Any]]) -> tuple[Caveat, ...]:
    """Return the warnings of a row; those of earlier versions have their text alone."""
    return tuple(Caveat(caveat["code"], revived(caveat["message"], caveat)) for caveat in stored)
