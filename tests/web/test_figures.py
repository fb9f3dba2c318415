"""Figures on the pages: the domain's rounding in the reader's language."""

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from stockbt_domain.figure_text import UNITS, figure_text
from stockbt_web.text.figures import shown_figure
from stockbt_web.text.languages import LANGUAGES

APP = Flask(__name__)


@given(st.none() | st.floats(), st.sampled_from(list(UNITS)), st.booleans())
def test_the_pages_write_a_figure_as_command_line_and_report_do(
    value: float | None, unit: str, signed: bool
) -> None:
    """In English the text is the domain's, for every number that there is; days have no sign."""
    with APP.test_request_context("/?lang=en"):
        shown = shown_figure(value, unit, signed=signed)

    assert shown == figure_text(value, unit, signed=signed and unit != "days")


@pytest.mark.parametrize("code", LANGUAGES)
@given(value=st.none() | st.floats(), unit=st.sampled_from(list(UNITS)))
def test_every_language_writes_every_figure(code: str, value: float | None, unit: str) -> None:
    """And none shows a NaN or an infinity."""
    with APP.test_request_context(f"/?lang={code}"):
        shown = shown_figure(value, unit)

    assert shown
    assert "nan" not in shown.lower()
    assert "inf" not in shown.lower()


def test_days_are_counted_in_the_readers_language() -> None:
    """The number as in English, the word as in Korean."""
    with APP.test_request_context("/?lang=ko"):
        assert shown_figure(7228.0, "days") == "7,228일"
        assert shown_figure(None, "days") == "해당 없음"
