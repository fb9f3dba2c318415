"""The few values of an equity curve that a list draws."""

from array import array
from math import isfinite

from hypothesis import given
from hypothesis import strategies as st
from stockbt_domain.sparkline import SPARKLINE_POINTS, drawable, sparkline_of


@given(st.lists(st.floats(width=64), min_size=1, max_size=100))
def test_a_sparkline_has_finite_numbers_only(values: list[float]) -> None:
    """Whatever the equity was: a double may be larger than the precision of a picture knows."""
    found = sparkline_of(memoryview(array("d", values)))

    assert len(found) <= SPARKLINE_POINTS
    assert all(map(isfinite, found))


@given(st.lists(st.floats(width=32), max_size=SPARKLINE_POINTS))
def test_what_was_stored_is_drawable_and_otherwise_unchanged(values: list[float]) -> None:
    """Rows from before this was so may hold an infinity; all other values stay to the last bit."""
    found = drawable(values)

    assert all(map(isfinite, found))
    assert all(new == old for new, old in zip(found, values, strict=True) if isfinite(old))
