"""What a price file may look like, and what is said about one that may not."""

import tracemalloc
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stockbt_domain.bars import from_micros, to_micros
from stockbt_domain.errors import InvalidInput
from stockbt_market_data.csv_reader import LONGEST_LINE, read_csv

from .price_lines import COLUMNS, HEADER, outcome, pieces, problems, read, valid_files

BAR = "2020-01-02,1,3,0.5,2,100"


def test_a_file_gives_its_bars() -> None:
    """Times are microseconds in UTC, the other columns the numbers as written."""
    bars = read(HEADER, BAR, "2020-01-03,2,4,1.5,3,200.5").bars

    assert [from_micros(t) for t in bars.time] == [datetime(2020, 1, d, tzinfo=UTC) for d in (2, 3)]
    assert list(bars.open) == [1.0, 2.0]
    assert list(bars.high) == [3.0, 4.0]
    assert list(bars.low) == [0.5, 1.5]
    assert list(bars.close) == [2.0, 3.0]
    assert list(bars.volume) == [100.0, 200.5]
    assert [getattr(bars, name).format for name in COLUMNS] == ["q", "d", "d", "d", "d", "d"]
    assert all(getattr(bars, name).readonly for name in COLUMNS)


@pytest.mark.parametrize(
    "header",
    [
        "date,OPEN,high,Low,close,volume",
        ' Date, "Open",High ,Low,Close,Volume',
        "\ufeffDate,Open,High,Low,Close,Volume",
    ],
)
def test_the_header_may_be_in_any_letter_case_quoted_spaced_or_marked(header: str) -> None:
    """Spreadsheets write all of these."""
    assert list(read(header, BAR).bars.close) == [2.0]


def test_columns_may_stand_in_any_order() -> None:
    """The header says which is which."""
    bars = read("Volume,Close,Low,High,Open,Date", "100,2,0.5,3,1,2020-01-02").bars

    assert (
        bars.open[0],
        bars.high[0],
        bars.low[0],
        bars.close[0],
        bars.volume[0],
    ) == (1.0, 3.0, 0.5, 2.0, 100.0)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [[], ["", "  ", ""]])
def test_line_ends_and_blank_lines_at_the_end_do_not_matter(end: str, last: list[str]) -> None:
    """Windows' line ends and trailing blank lines are accepted."""
    assert list(read(HEADER, BAR, *last, end=end).bars.close) == [2.0]


def test_quoted_values_are_accepted() -> None:
    """Some exporters quote everything."""
    assert list(read(HEADER, '"2020-01-02","1","3", "0.5","2","100"').bars.close) == [2.0]


@pytest.mark.parametrize("name", ["Adj Close", "adj_close", "AdjClose", "ADJ CLOSE"])
def test_adjusting_scales_the_prices_by_adj_close_over_close(name: str) -> None:
    """Open, high, low and close are scaled, the volume is not; without it, prices stay."""
    lines = (f"Date,Open,High,Low,Close,{name},Volume", "2020-01-02,1,3,0.5,2,1,100")
    adjusted, plain = read(*lines, adjust=True).bars, read(*lines).bars

    assert tuple(getattr(adjusted, name)[0] for name in COLUMNS[1:]) == (0.5, 1.5, 0.25, 1.0, 100.0)
    assert tuple(getattr(plain, name)[0] for name in COLUMNS[1:]) == (1.0, 3.0, 0.5, 2.0, 100.0)


@pytest.mark.parametrize(
    "text",
    [
        "2020-01-02T14:30:00Z",
        "2020-01-02 14:30:00",
        "2020-01-02T14:30",
        "2020-01-02 09:30:00-05:00",
        "2020-01-02T14:30:00.000000000Z",
    ],
)
def test_a_time_without_an_offset_is_utc(text: str) -> None:
    """ISO times with T or a space, with or without seconds, fraction, Z or an offset."""
    bars = read(HEADER, f"{text},1,3,0.5,2,100", timeframe="5m").bars

    assert [to_micros(datetime(2020, 1, 2, 14, 30, tzinfo=UTC))] == list(bars.time)


@pytest.mark.parametrize("text", ["2020-01-02", "2020-01-02 00:00:00", "2020-01-02T00:00:00-05:00"])
def test_a_daily_bar_is_its_date_as_written(text: str) -> None:
    """Midnight in New York is that date's bar, not a time in the night."""
    assert [to_micros(datetime(2020, 1, 2, tzinfo=UTC))] == list(
        read(HEADER, f"{text},1,3,0.5,2,9").bars.time
    )


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        (
            "2020-01-03 09:30:00,1,3,0.5,2,9",
            "BAD_DATE",
            "Date '2020-01-03 09:30:00' is not a date as in 2020-01-31",
        ),
        ("2020-02-30,1,3,0.5,2,9", "BAD_DATE", "Date '2020-02-30' is not a date as in 2020-01-31"),
        ("1/3/2020,1,3,0.5,2,9", "BAD_DATE", "Date '1/3/2020' is not a date as in 2020-01-31"),
        ("2020-01-02,1,3,0.5,2,9", "REPEATED_DATE", "Date 2020-01-02 repeats the one before"),
        (
            "2020-01-01,1,3,0.5,2,9",
            "DATE_GOES_BACK",
            "Date 2020-01-01 comes after 2020-01-02: dates must increase",
        ),
        (",1,3,0.5,2,9", "MISSING_VALUE", "Date is missing"),
        ("2020-01-03,1,3,0.5,2", "MISSING_VALUE", "Volume is missing"),
        ("2020-01-03,1,,0.5,2,9", "MISSING_VALUE", "High is missing"),
        ("2020-01-03,1,3,0.5,2,9,9", "TOO_MANY_VALUES", "7 values for 6 columns"),
        ("2020-01-03,nan,3,0.5,2,9", "NOT_A_NUMBER", "Open 'nan' is not a finite number"),
        ("2020-01-03,1,inf,0.5,2,9", "NOT_A_NUMBER", "High 'inf' is not a finite number"),
        ("2020-01-03,1,1e999,0.5,2,9", "NOT_A_NUMBER", "High '1e999' is not a finite number"),
        ("2020-01-03,1_0,3,0.5,2,9", "NOT_A_NUMBER", "Open '1_0' is not a finite number"),
        ("2020-01-03,1,3,0.5,-2,9", "NEGATIVE", "Close -2 is negative"),
        ("2020-01-03,1,3,0.5,2,-9", "NEGATIVE", "Volume -9 is negative"),
        ("2020-01-03,1,3,0,2,9", "ZERO_PRICE", "Low is zero"),
        ("2020-01-03,1,3,4,2,9", "HIGH_BELOW_LOW", "High 3.0 is below Low 4.0"),
        ('2020-01-03,1,3,0.5,2,"9', "BAD_LINE", "cannot be read as CSV: unexpected end of data"),
    ],
)
def test_a_wrong_line_is_refused_with_its_number(line: str, code: str, message: str) -> None:
    """The third line of the file is wrong."""
    assert [(code, f"line 3: {message}")] == problems(HEADER, BAR, line)


def test_every_wrong_value_is_reported() -> None:
    """One import tells all that must be mended."""
    found = problems(HEADER, "2020-01-02,x,3,0.5,-2,9", BAR, "oops,1,3,0.5,2,9", "2020-01-03,1,3,0.5,2,")

    assert [code for code, _ in found] == [
        "NOT_A_NUMBER",
        "NEGATIVE",
        "REPEATED_DATE",
        "BAD_DATE",
        "MISSING_VALUE",
    ]
    assert [message.split(":")[0].removeprefix("line ") for _, message in found] == ["2", "2", "3", "4", "5"]


def test_after_a_hundred_problems_the_rest_is_counted() -> None:
    """A file with every line wrong does not give a million messages."""
    found = problems(HEADER, *["2020-01-02,x,3,0.5,2,9"], *["nonsense"] * 130)

    assert len(found) == 101
    assert found[-1][0] == "MORE_PROBLEMS"
    assert found[-1][1].startswith("and ")


def test_a_blank_line_between_prices_is_refused() -> None:
    """Something was there once: nothing is skipped in silence."""
    found = problems(HEADER, BAR, "", "", "2020-01-03,1,3,0.5,2,9")

    assert found == [("BLANK_LINE", "line 3: blank, with prices after it")]


def test_header_problems_name_the_columns() -> None:
    """Missing, unknown and repeated columns are all reported."""
    found = problems("Date,Open,Open,High,Close,Dividends,Volume", BAR)

    assert found == [
        ("UNKNOWN_COLUMN", "line 1: the column 'Dividends' is not known"),
        ("REPEATED_COLUMN", "line 1: the column Open is there 2 times"),
        ("MISSING_COLUMN", "line 1: the column Low is missing"),
    ]


def test_the_allowed_columns_are_given() -> None:
    """A program can show the choice."""
    with pytest.raises(InvalidInput) as refused:
        read(HEADER + ",Dividends", BAR)

    assert refused.value.problems[0].allowed == [
        "Date",
        "Open",
        "High",
        "Low",
        "Close",
        "Adj Close",
        "Volume",
    ]


def test_adjusting_needs_the_column() -> None:
    """Prices are not left unadjusted in silence."""
    assert [code for code, _ in problems(HEADER, BAR, adjust=True)] == ["MISSING_ADJ_CLOSE"]


@pytest.mark.parametrize("lines", [[""], [HEADER], [HEADER, ""], ["", HEADER, BAR]])
def test_an_empty_file_is_refused(lines: list[str]) -> None:
    """Neither no header nor no prices is a price file."""
    assert [code for code, _ in problems(*lines)] == ["EMPTY_FILE"]


def test_no_bytes_at_all_are_refused() -> None:
    """An upload without content."""
    with pytest.raises(InvalidInput, match="line 1: the header"):
        read_csv([], timeframe="1d", adjust=False)


@pytest.mark.parametrize("head", [b"\x1f\x8b\x08\x00\xff\n", f"{HEADER}\n".encode("utf-16")])
def test_a_file_that_is_not_text_is_refused(head: bytes) -> None:
    """A compressed file, or another encoding."""
    with pytest.raises(InvalidInput, match="line 1: not UTF-8 text"):
        read_csv([head], timeframe="1d", adjust=False)


def test_a_line_without_end_is_refused_before_memory_runs_out() -> None:
    """The reader stops; it does not take in whatever comes."""
    endless = (b"x" * 100_000 for _ in range(10**9))

    with pytest.raises(InvalidInput, match=f"line 1: longer than {LONGEST_LINE} bytes"):
        read_csv(endless, timeframe="1d", adjust=False)


def test_an_unknown_timeframe_is_refused() -> None:
    """The problem says which there are."""
    with pytest.raises(InvalidInput) as refused:
        read_csv([b""], timeframe="2w", adjust=False)

    assert refused.value.problems[0].allowed == ["1d", "1h", "5m"]


@given(valid_files(), st.integers(1, 60))
@settings(max_examples=50, deadline=None)
def test_the_cut_of_the_pieces_does_not_matter(file: tuple[str, str], size: int) -> None:
    """A line may come in two pieces."""
    timeframe, text = file
    content = text.encode()
    bars = read_csv(pieces(content, size), timeframe=timeframe, adjust=False).bars

    whole = outcome(content, timeframe=timeframe, adjust=False)
    assert whole[0] == [getattr(bars, name).tobytes() for name in COLUMNS]  # type: ignore[index]


def long_file(count: int, *, wrong: int | None = None) -> bytes:
    """Return a five-minute file of `count` bars, `wrong` being the line of a bad value."""
    start = datetime(2000, 1, 3, tzinfo=UTC).timestamp()
    lines = [HEADER]
    for i in range(count):
        moment = datetime.fromtimestamp(start + 300 * i, tz=UTC).strftime("%Y-%m-%d %H:%M:%S")
        lines.append(f"{moment},10.25,11,{'x' if i + 2 == wrong else 9.5},10.5,{i}")
    return "\n".join(lines).encode()


def test_the_line_number_is_right_far_into_a_file_of_many_blocks() -> None:
    """Blocks read the quick way count their lines too."""
    with pytest.raises(InvalidInput, match="line 90001: Low 'x'"):
        read_csv(pieces(long_file(100_000, wrong=90_001), 65_536), timeframe="5m", adjust=False)


def test_memory_grows_with_the_bars_and_not_with_the_text() -> None:
    """A hundred thousand bars are 4.8 MB of columns; reading them stays below three times that."""
    content = long_file(100_000)
    tracemalloc.start()
    bars = read_csv(pieces(content, 65_536), timeframe="5m", adjust=False).bars
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(bars) == 100_000
    assert peak < 20e6
