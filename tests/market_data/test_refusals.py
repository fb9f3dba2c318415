"""Every wrong line of a price file is told as a message, though the format itself gives text alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stockbt_domain.errors import InvalidInput, Problem
from stockbt_domain.messages import Message
from stockbt_market_data.csv_reader import read_csv
from stockbt_market_data.price_file import read_price_file

HEADER = "Date,Open,High,Low,Close,Adj Close,Volume\n"
FIRST = "2019-12-31,1,2,1,2,2,3\n"
CELLS = st.sampled_from(
    [
        *("2020-01-01", "2019-12-31", "2019-01-01", "x; y", "%(x)s", "{}", "", "-1", "0", "1", "2", "1e999"),
        *(
            "line 3: High is zero",
            "Date is missing",
            "'",
            "1e-320",
            "nan",
            "3" * 50,
            "Adj Close -1 is negative",
        ),
    ]
)
LINES = st.lists(CELLS, min_size=1, max_size=9).map(",".join) | st.sampled_from(['"a', "", "\xff"])


def refusal(reader: object, content: bytes, timeframe: str, adjust: bool) -> tuple[Problem, ...]:
    """Return the problems of a file; none of a good one."""
    try:
        reader([content], timeframe=timeframe, adjust=adjust)  # type: ignore[operator]
    except InvalidInput as error:
        return error.problems
    return ()


@given(st.lists(LINES, max_size=4), st.sampled_from(["1d", "1h"]), st.booleans())
def test_a_wrong_line_is_the_same_problem_and_a_message(
    lines: list[str], timeframe: str, adjust: bool
) -> None:
    """Field, code, text and what is allowed are the format's; code and values are there beside them."""
    content = (HEADER + FIRST + "\n".join(lines) + "\n").encode("latin-1")
    problems = refusal(read_price_file, content, timeframe, adjust)

    assert problems == refusal(read_csv, content, timeframe, adjust)
    for problem in problems:
        assert isinstance(problem.message, Message)
        assert isinstance(problem.message.values["rest"], Message), problem


@pytest.mark.parametrize(
    ("content", "timeframe", "code"),
    [
        ("", "1d", "EMPTY_FILE"),
        (HEADER, "1d", "EMPTY_FILE"),
        (HEADER, "2x", "UNKNOWN_TIMEFRAME"),
        ("Date,Open,Open,Foo; line 3: x\n", "1d", "UNKNOWN_COLUMN"),
        (HEADER.replace("Adj Close", "Foo"), "1d", "MISSING_ADJ_CLOSE"),
        ('"a\n', "1d", "BAD_LINE"),
        (HEADER + "x\n" * 200, "1d", "MORE_PROBLEMS"),
        (HEADER + "y" * 3_000_000, "1d", "LINE_TOO_LONG"),
    ],
)
def test_a_wrong_file_is_told_in_messages(content: str, timeframe: str, code: str) -> None:
    """What is wrong with the whole of it, too."""
    problems = refusal(read_price_file, content.encode(), timeframe, True)

    assert code in [problem.code for problem in problems]
    assert all(isinstance(problem.message, Message) for problem in problems)


def test_a_good_file_is_read_as_before() -> None:
    """The bars are the reader's."""
    bars = read_price_file([(HEADER + FIRST).encode()], timeframe="1d", adjust=False).bars

    assert bars.close.tolist() == [2.0]
