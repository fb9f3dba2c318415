"""The pictures of a run: complete, honest about what is missing, and the same every time."""

import re
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from xml.etree import ElementTree

import numpy as np
import pytest
from stockbt_reporting import chart_names
from stockbt_reporting.charts import CHARTS, draw
from stockbt_reporting.curves import NO_TIME

NAMES = ("equity", "drawdown", "portfolio", "trade_pnl", "cumulative_return")
DAY = 86_400_000_000


@dataclass(frozen=True)
class Ran:
    """A result with what pictures need."""

    metrics: Mapping[str, float | int | None]
    equity_curve: Mapping[str, memoryview]
    series: Mapping[str, memoryview]
    trades: Mapping[str, memoryview]


def ran(bars: int, *, trades: int, still_open: bool = False) -> Ran:
    """Return a result of `bars` daily bars, with longs and shorts evenly spread over them."""
    rng = np.random.default_rng(3)
    moments = np.arange(bars, dtype=np.int64) * 3_600_000_000 + 10_957 * DAY
    close = 100 * np.exp(rng.normal(0, 0.01, bars).cumsum())
    equity = 100_000 * np.exp(rng.normal(0, 0.005, bars).cumsum() * (trades > 0))
    position = np.zeros(bars)
    places = np.linspace(0, bars - 1, 2 * trades + 1).astype(int)
    for first, last in zip(places[:-1:2], places[1::2], strict=True):
        position[first:last] = 10
    leave = moments[places[1::2]].copy()
    if still_open:
        leave[-1] = NO_TIME
    columns = {
        "trade_no": np.arange(1, trades + 1),
        "side": np.where(np.arange(trades) % 2, -1, 1).astype(np.int8),
        "entry_timestamp": moments[places[:-1:2]],
        "exit_timestamp": leave,
        "pnl_abs": rng.normal(0, 500, trades),
    }
    return Ran(
        {"final_value": float(equity[-1]), "total_return_pct": float(equity[-1] / 1000 - 100)},
        {"time": moments.data, "equity": equity.data},
        {
            "close": close.data,
            "position": position.data,
            "cash": (equity - position * close).data,
        },
        {name: values.data for name, values in columns.items()},
    )


def words(picture: bytes) -> str:
    """Return the text in an SVG, which stands in comments beside the drawn letters."""
    return "\n".join(re.findall(r"<!-- (.*?) -->", picture.decode(), re.DOTALL))


def test_there_are_five_pictures() -> None:
    """Those that the API names."""
    assert tuple(CHARTS) == NAMES


@pytest.mark.parametrize("chart", NAMES)
@pytest.mark.parametrize(("bars", "trades"), [(1, 0), (2, 0), (300, 0), (300, 1), (300, 40)])
def test_every_picture_draws_for_every_kind_of_run(chart: str, bars: int, trades: int) -> None:
    """A single bar and a run without trades included; no warning of the drawing library is let through."""
    result = ran(bars, trades=trades)

    assert draw(chart, result, "SP500", format="png").startswith(b"\x89PNG\r\n")
    assert ElementTree.fromstring(draw(chart, result, "SP500", format="svg")).tag.endswith("svg")


@pytest.mark.parametrize("chart", NAMES)
@pytest.mark.parametrize("format", ["png", "svg"])
def test_the_same_run_gives_the_same_bytes_from_any_thread(chart: str, format: str) -> None:
    """No time stamp, no random identifier, no state left by another picture."""
    result = ran(300, trades=20)
    with ThreadPoolExecutor(4) as threads:
        pictures = set(threads.map(lambda _: draw(chart, result, "SP500", format=format), range(4)))

    assert len(pictures) == 1


def test_another_process_gives_the_same_bytes() -> None:
    """Nothing depends on the process either."""
    program = (
        "import hashlib, sys; sys.path.insert(0, sys.argv[1]); import test_charts as t\n"
        "print(hashlib.sha256(t.draw('equity', t.ran(60, trades=3), 'SP500', format='svg')).hexdigest())"
    )
    folder = __file__.rpartition("test_charts.py")[0]
    runs = {
        subprocess.run([sys.executable, "-c", program, folder], check=True, capture_output=True).stdout
        for _ in range(2)
    }

    assert len(runs) == 1


@pytest.mark.parametrize(
    ("chart", "expected"),
    [
        ("equity", ("Equity", "equity (account currency)", "buy and hold", "buy (4)", "sell (4)")),
        ("drawdown", ("Drawdown", "drawdown from the peak (%)", "deepest: -")),
        ("portfolio", ("Portfolio", "close (price)", "position", "(shares)", "cash", "buy (4)")),
        ("trade_pnl", ("Profit and loss by trade", "won: ", "lost or even: ", "running sum")),
        ("cumulative_return", ("Cumulative return", "cumulative return (%)", "strategy ", "buy and hold ")),
    ],
)
def test_a_picture_says_what_it_shows(chart: str, expected: tuple[str, ...]) -> None:
    """Title, axes with their units, and the legend."""
    text = words(draw(chart, ran(300, trades=4), "SP500 · RSI", format="svg"))

    assert [word for word in (*expected, "SP500 · RSI") if word not in text] == []


@pytest.mark.parametrize("chart", NAMES)
def test_a_run_without_trades_says_so(chart: str) -> None:
    """An empty picture is explained."""
    assert "there are no trades" in words(draw(chart, ran(300, trades=0), "SP500", format="svg"))


def test_an_open_trade_is_mentioned_where_it_is_left_out() -> None:
    """It has no profit or loss yet."""
    one = words(draw("trade_pnl", ran(300, trades=1, still_open=True), "SP500", format="svg"))
    some = words(draw("trade_pnl", ran(300, trades=3, still_open=True), "SP500", format="svg"))

    assert "no trade was closed, one is still open" in one
    assert "one trade is still open and not shown" in some


def test_too_many_trades_to_mark_are_counted() -> None:
    """Thousands of marks would hide the curve."""
    assert "too many to mark" in words(draw("equity", ran(9000, trades=2000), "SP500", format="svg"))


def test_a_title_is_shown_as_it_is() -> None:
    """Neither markup nor formulas nor control characters of a caller's label do anything."""
    picture = draw("equity", ran(30, trades=1), "a $x^2$ <b>&--\x00" + "long " * 60, format="svg")

    assert ElementTree.fromstring(picture).tag.endswith("svg")


def test_the_return_is_that_of_the_metrics() -> None:
    """Even when the first bar's equity has paid a fee already."""
    result = ran(300, trades=4)
    total = result.metrics["total_return_pct"]

    assert f"strategy {total:+,.2f} %" in words(draw("cumulative_return", result, "SP500", format="svg"))


def test_a_result_without_metrics_or_with_nothing_left_still_draws() -> None:
    """The capital is then the first bar's equity."""
    result = ran(30, trades=1)
    lost = replace(result, metrics={"final_value": 0.0, "total_return_pct": -100.0})

    assert draw("equity", lost, "SP500", format="png")


@pytest.mark.parametrize(("chart", "format"), [("pie", "png"), ("equity", "gif")])
def test_an_unknown_picture_or_format_is_refused(chart: str, format: str) -> None:
    """The message says which there are."""
    with pytest.raises(ValueError, match="must be one of"):
        draw(chart, ran(2, trades=0), "SP500", format=format)


def test_a_million_bars_are_drawn_with_as_little_as_ten_thousand() -> None:
    """What does not show is not drawn; benchmarks/million_bars.py measures how long it takes."""
    many, few = (
        draw("portfolio", ran(bars, trades=3000), "SP500", format="svg") for bars in (1_000_000, 10_000)
    )

    assert len(many) < 1.2 * len(few)


def test_importing_charts_does_not_import_matplotlib() -> None:
    """A worker that draws nothing does not pay for it."""
    program = "import sys, stockbt_reporting.charts; sys.exit('matplotlib' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_charts_are_those_that_are_named() -> None:
    """Whoever lists the charts without drawing them lists all of them, in their order."""
    assert tuple(CHARTS) == chart_names.CHARTS


EXTREMES = (1e28, 1.7e308, -1.7e308, 5e-324, np.inf, np.nan)


def extreme(value: float, *, everywhere: bool) -> Ran:
    """Return a result with `value` at a bar of every curve, or at every bar, and in every trade."""
    result = ran(30, trades=5)

    def with_value(column: memoryview) -> memoryview:
        values = np.array(column)
        values[0 if everywhere else 7 :: 1 if everywhere else 100] = value
        return values.data

    return replace(
        result,
        metrics={"final_value": value, "total_return_pct": value},
        equity_curve={**result.equity_curve, "equity": with_value(result.equity_curve["equity"])},
        series={name: with_value(column) for name, column in result.series.items()},
        trades={**result.trades, "pnl_abs": np.full(5, value).data},
    )


@pytest.mark.parametrize("chart", NAMES)
@pytest.mark.parametrize("value", EXTREMES)
def test_a_value_of_any_size_is_drawn(chart: str, value: float) -> None:
    """What is too large for the axes' arithmetic is drawn at their end, what is no number is a gap."""
    for everywhere in (False, True):
        picture = draw(chart, extreme(value, everywhere=everywhere), "SP500", format="svg")

        assert ElementTree.fromstring(picture).tag.endswith("svg")
        assert not re.search(r"\d{22}", words(picture))


YEAR_1, YEAR_9999 = -62_135_596_800_000_000, 253_402_214_400_000_000


@pytest.mark.parametrize("chart", NAMES)
@pytest.mark.parametrize(
    ("bars", "first", "step"),
    [
        (1, YEAR_1, DAY),
        (1, YEAR_9999, DAY),
        (30, YEAR_1, 300_000_000),
        (2, YEAR_1, YEAR_9999 - YEAR_1),
    ],
)
def test_a_date_at_the_end_of_the_calendar_is_drawn(chart: str, bars: int, first: int, step: int) -> None:
    """No margin reaches into the year 0 or 10000, which have no date."""
    result = ran(bars, trades=0)
    moments = first + np.arange(bars, dtype=np.int64) * step
    result = replace(result, equity_curve={**result.equity_curve, "time": moments.data})

    assert draw(chart, result, "SP500", format="png").startswith(b"\x89PNG\r\n")
