"""How the pages show values: times, plain text and the words for choices."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .figures import shown_figure

CHOICES: Mapping[str, str] = {
    "percent": "percent of cash",
    "value": "money per trade",
    "longonly": "long only",
    "longshort": "long and short",
    "close": "signal bar's close",
    "next_open": "next bar's open",
}


def shown() -> dict[str, Any]:
    """Return what every template shows values with."""
    return {"figure": shown_figure, "when": when, "plain": plain_text, "choice_labels": CHOICES}


def plain_text(value: object) -> str:
    """Return a field's value as the form has it: whole numbers without a point."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def when(moment: datetime | None, timespec: str = "seconds") -> str:
    """Return a UTC time for reading."""
    if moment is None:
        return "–"
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", timespec)
