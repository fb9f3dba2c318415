"""The quick reader may take only what the strict one takes, with the same values."""

import hypothesis.strategies as st
import pytest
from hypothesis import assume, example, given, settings
from stockbt_market_data import csv_reader, file_format, quick_parse

from .price_lines import damaged_files, outcome, valid_files


def compare(timeframe: str, text: str, adjust: bool) -> None:
    """Read with the quick way open, in one block and in small ones, and closed: nothing differs."""
    content = text.encode()
    quick = outcome(content, timeframe=timeframe, adjust=adjust)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_reader, "BLOCK", 60)
        in_blocks = outcome(content, timeframe=timeframe, adjust=adjust)
        patch.setattr(quick_parse, "parse", lambda *_args, **_terms: None)
        strict = outcome(content, timeframe=timeframe, adjust=adjust)

    assert strict == quick
    assert strict == in_blocks


@given(valid_files(), st.booleans())
@settings(max_examples=300, deadline=None)
def test_valid_files_have_equal_bars_and_findings(file: tuple[str, str], adjust: bool) -> None:
    """Every bit of every column is the same."""
    compare(*file, adjust)


@given(damaged_files(), st.booleans())
@settings(max_examples=600, deadline=None)
@example(("1d", "Date,Open,High,Low,Close,Volume\n2020-02-30,1,1,1,1,1\n"), False)
@example(("5m", "Date,Open,High,Low,Close,Volume\n2020-02-03T24:00:00,1,1,1,1,1\n"), False)
@example(("5m", "Date,Open,High,Low,Close,Volume\n2020-02-03T23:59:60,1,1,1,1,1\n"), False)
@example(("5m", "Date,Open,High,Low,Close,Volume\n0000-12-31T23:00:00-05:00,1,1,1,1,1\n"), False)
@example(("5m", "Date,Open,High,Low,Close,Volume\n2020-02-03T23:00:00+24:00,1,1,1,1,1\n"), False)
@example(("1d", "Date,Open,High,Low,Close,Volume\n2020-02-03T00:00:00+05:60,1,1,1,1,1\n"), False)
@example(("1d", "Date,Open,High,Low,Close,Volume\n2020-02-03 09:30:00,1,1,1,1,1\n"), False)
@example(("1d", "Date,Open,High,Low,Close,Volume\n" + "2020-02-03,1,1,1,1,1.00000000000\n" * 3), False)
@example(("1d", "Date,Open,High,Low,Close,Volume\n2020-02-03,1e999,1e999,1,1,1\n"), False)
def test_damaged_files_are_refused_or_accepted_alike(file: tuple[str, str], adjust: bool) -> None:
    """A file is taken by both or by neither, for the same reasons."""
    compare(*file, adjust)


@given(valid_files())
@settings(max_examples=100, deadline=None)
def test_ordinary_files_take_the_quick_way(file: tuple[str, str]) -> None:
    """A date or a time to the second needs no help from the strict reader."""
    timeframe, text = file
    header, body = text.split("\n", 1)
    columns = file_format.parse_header(header, adjust=False)
    first = body.split("\n")[0].split(",")[columns.index("date")]
    assume(len(first) in (10, 19, 20, 25))

    assert (
        quick_parse.parse(body.encode(), columns, timeframe=timeframe, adjust=False, after=None) is not None
    )
