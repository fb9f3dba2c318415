"""What is reported about data that is odd and not wrong."""

from stockbt_domain.datasets import Finding

from .price_lines import HEADER, read


def test_ordinary_bars_have_no_findings() -> None:
    """A weekend is no gap, and half is not more than half."""
    file = read(HEADER, "2020-01-02,1,3,0.5,2,9", "2020-01-03,1,3,0.5,1,9", "2020-01-06,1,3,0.5,1.5,9")

    assert file.findings == ()


def test_open_and_close_outside_the_range_are_reported_apart() -> None:
    """Count, line and date are those of the bars concerned."""
    found = read(HEADER, "2020-01-02,1,3,1,2,9", "2020-01-03,4,3,1,2,9", "2020-01-06,0.5,3,1,0.9,9").findings

    open_, close, _ = found
    assert open_ == Finding(
        "OPEN_OUTSIDE_RANGE",
        "2020-01-03: the open 4 lies outside low 1 to high 3, and 1 more like it",
        2,
        3,
        "2020-01-03",
    )
    assert (close.code, close.count, close.line, close.date) == ("CLOSE_OUTSIDE_RANGE", 1, 4, "2020-01-06")


def test_more_than_five_missing_weekdays_are_a_gap() -> None:
    """Five are not: the markets were closed that long, once."""
    start = "2020-01-03,1,3,0.5,2,9"
    five, six = "2020-01-13,1,3,0.5,2,9", "2020-01-14,1,3,0.5,2,9"

    assert read(HEADER, start, five).findings == ()
    assert read(HEADER, start, six).findings == (
        Finding("GAP", "2020-01-14: 6 sessions are missing after 2020-01-03", 1, 3, "2020-01-14"),
    )


def test_an_intraday_gap_counts_days_without_any_bar() -> None:
    """Hours without bars are no gap, six weekdays are."""
    lines = [f"{time},1,3,0.5,2,9" for time in ("2020-01-03 10:00", "2020-01-03 19:00", "2020-01-14 10:00")]
    found = read(HEADER, *lines, timeframe="5m").findings

    assert [(f.code, f.count, f.line) for f in found] == [("GAP", 1, 4)]


def test_a_jump_of_more_than_half_asks_about_a_split() -> None:
    """Up or down, from one close to the next."""
    found = read(
        HEADER, "2020-01-02,1,3,0.5,2,9", "2020-01-03,1,3,0.5,0.9,9", "2020-01-06,1,3,0.5,2,9"
    ).findings

    message = "2020-01-03: the close moves by -55 % in one bar: a split?, and 1 more like it"
    assert found == (Finding("JUMP", message, 2, 3, "2020-01-03"),)


def test_an_adjusted_split_is_no_jump() -> None:
    """Findings are about the bars as they are given."""
    lines = ("Date,Open,High,Low,Close,Adj Close,Volume", "2020-01-02,4,4,4,4,1,9", "2020-01-03,1,1,1,1,1,9")

    assert [f.code for f in read(*lines).findings] == ["JUMP"]
    assert read(*lines, adjust=True).findings == ()


def test_bars_without_volume_are_counted() -> None:
    """An index often has none."""
    found = read(
        HEADER, "2020-01-02,1,3,0.5,2,9", "2020-01-03,1,3,0.5,2,0", "2020-01-06,1,3,0.5,2,0.0"
    ).findings

    assert [(f.code, f.count, f.line, f.date) for f in found] == [("ZERO_VOLUME", 2, 3, "2020-01-03")]
