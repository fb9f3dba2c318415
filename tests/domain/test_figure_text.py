"""How a figure is written: one rounding, whatever the number."""

import math
import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stockbt_domain.figure_text import UNITS, figure_text, number_text

FINITE = st.floats(allow_nan=False, allow_infinity=False)
ANY_UNIT = st.sampled_from(list(UNITS))
NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})*(\.\d{2})?|0\.\d+|\d(\.\d+)?e[+-]\d{2,3})")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (9.4367, "percent", "9.44 %"),
        (-31.957, "percent", "-31.96 %"),
        (1234567.891, "money", "1,234,567.89"),
        (0.0523, "ratio", "0.05"),
        (0.00523456, "ratio", "0.00523"),
        (0.0000123456, "percent", "1.23e-05 %"),
        (123.4e15, "money", "1.23e+17"),
        (1e15, "count", "1e+15"),
        (1e-14, "percent", "0.00 %"),
        (-0.0, "money", "0.00"),
        (1234, "count", "1,234"),
        (370.0, "days", "370 days"),
        (1.0, "days", "1 day"),
        (0.25, "days", "0.25 days"),
        (None, "percent", "n/a"),
        (math.nan, "ratio", "n/a"),
        (-math.inf, "days", "n/a"),
    ],
)
def test_a_figure_reads_as_a_person_would_write_it(value: float | None, unit: str, text: str) -> None:
    """Two decimals, more only where they would show nothing; counts and whole days have no point."""
    assert figure_text(value, unit) == text


@given(FINITE, ANY_UNIT, st.booleans())
def test_every_finite_number_is_written(value: float, unit: str, signed: bool) -> None:
    """As a number and its unit, never as nan or inf, and in scientific notation from 1e15 on."""
    number, whole = number_text(value, unit, signed=signed), figure_text(value, unit, signed=signed)

    assert NUMBER.fullmatch(number)
    assert whole.startswith(number)
    assert abs(value) < 1e15 or "e+" in number
    assert len(number) <= len("-999,999,999,999,999.99")


@given(
    FINITE.filter(lambda value: abs(value) >= 1e-9), st.sampled_from(["percent", "money", "ratio", "days"])
)
def test_only_nothing_reads_as_nothing(value: float, unit: str) -> None:
    """What is not 0 has a digit that is not 0, and is near what it says."""
    number = Fraction(number_text(value, unit).replace(",", ""))
    error = Fraction("0.005") if 0.01 <= abs(value) < 1e15 else abs(Fraction(value)) / 200

    assert number != 0
    assert abs(number - Fraction(value)) <= error


@given(FINITE, ANY_UNIT)
def test_a_plus_stands_before_gains_only(value: float, unit: str) -> None:
    """And only where it was asked for; a loss has its minus in any case."""
    plain, signed = number_text(value, unit), number_text(value, unit, signed=True)

    assert signed == (f"+{plain}" if value >= 1e-9 else plain)
