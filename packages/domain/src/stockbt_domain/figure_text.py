"""How a figure is written for reading, in English; the web app puts it into the reader's language.

The one rounding of the project. Numbers that are stored, sent or exported keep every digit.
"""

from math import isfinite
from typing import TypeGuard

UNDEFINED = "n/a"
UNITS = {"percent": " %", "days": " days", "money": "", "count": "", "ratio": ""}
"""What stands behind a number of each unit."""

_SMALL, _LARGE = 0.01, 1e15
_NOISE = 1e-9
"""Below it a number is what rounding left over, and reads as 0."""


def known(value: float | int | None) -> TypeGuard[float | int]:
    """Return whether there is a number to write."""
    return value is not None and isfinite(value)


def in_full(value: float | int) -> bool:
    """Return whether a number is written with all its digits: from 1e15 on they would say what no double
    knows, and break what they stand in."""
    return abs(value) < _LARGE


def whole(value: float | int, unit: str) -> bool:
    """Return whether a number of this unit is written without a point: counts, and days that are whole."""
    return unit == "count" or (unit == "days" and value == int(value))


def number_text(value: float | int | None, unit: str, *, signed: bool = False) -> str:
    """Return a number without its unit, with a plus where it is `signed` and above 0: two decimals, as far
    as they tell it; three significant digits below 0.01 and from 1e15 on."""
    if not known(value):
        return UNDEFINED
    size = abs(value)
    if size < _NOISE:
        value = size = 0
    plus = "+" if signed and value > 0 else ""
    if 0 < size < _SMALL or not in_full(value):
        return f"{value:{plus}.3g}"
    return f"{value:{plus},.{0 if whole(value, unit) else 2}f}"


def figure_text(value: float | int | None, unit: str, *, signed: bool = False) -> str:
    """Return a number with its unit."""
    text = number_text(value, unit, signed=signed)
    if not known(value):
        return text
    return f"{text} day" if unit == "days" and value == 1 else text + UNITS[unit]
