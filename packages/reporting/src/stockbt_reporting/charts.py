"""Pictures of a finished run, drawn on demand: the same run gives the same bytes."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
from stockbt_domain.columns import LONG, NO_TIME
from stockbt_domain.figure_text import figure_text

from .chart_names import FORMATS
from .curves import Floats, Integers, cumulative_return, decimate, drawdown, trade_pnl

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

POINTS = 3000
MOST_MARKERS = 1000
LONGEST_TITLE = 130
GROUND, GRID, TEXT, DIM = "#0d1117", "#21262d", "#c9d1d9", "#8b949e"
BLUE, GREEN, RED, AMBER = "#58a6ff", "#3fb950", "#f85149", "#d29922"
CURRENCY = "account currency"

LARGEST = 1e307
"""What a larger value is drawn as: the axes' own arithmetic must stay finite."""

FIRST_DAY, LAST_DAY = -719_162.0, 2_932_896.999
"""The ends of the calendar as the drawing library counts days; what lies beyond has no date."""

STYLE = {
    "figure.facecolor": GROUND,
    "savefig.facecolor": GROUND,
    "axes.facecolor": GROUND,
    "axes.edgecolor": GRID,
    "axes.labelcolor": DIM,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.xmargin": 0.01,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "text.color": TEXT,
    "xtick.color": DIM,
    "ytick.color": DIM,
    "font.family": ["DejaVu Sans Mono"],
    "font.size": 10.0,
    "lines.linewidth": 1.3,
    "legend.frameon": False,
    "legend.fontsize": 9.0,
    "legend.labelcolor": TEXT,
    # Without a salt the identifiers in an SVG are random.
    "svg.hashsalt": "stockbt",
}

# matplotlib's settings belong to the whole process, so that one picture is drawn at a time.
DRAWING = Lock()


class RunResult(Protocol):
    """What a picture needs of a run's result; the domain's Result has it."""

    @property
    def metrics(self) -> Mapping[str, float | int | None]:
        """Figures by name; `final_value` and `total_return_pct` give the initial capital."""

    @property
    def equity_curve(self) -> Mapping[str, memoryview]:
        """Columns `time` (microseconds since the epoch) and `equity`."""

    @property
    def series(self) -> Mapping[str, memoryview]:
        """Columns `close`, `position` and `cash`, one value a bar."""

    @property
    def trades(self) -> Mapping[str, memoryview]:
        """The trade list's columns."""


def draw(chart: str, result: RunResult, run_title: str, *, format: str) -> bytes:
    """Return the picture `chart` (one of CHARTS) as `format` (png or svg).

    Raises ValueError for a chart or format that there is not.
    """
    if chart not in CHARTS:
        raise ValueError(f"chart must be one of {', '.join(CHARTS)}, not {chart!r}")
    if format not in FORMATS:
        raise ValueError(f"format must be one of {', '.join(FORMATS)}, not {format!r}")
    from matplotlib import style
    from matplotlib.figure import Figure

    title, height, paint = CHARTS[chart]
    metadata = {"Date": None} if format == "svg" else {"Software": None}
    picture = io.BytesIO()
    with DRAWING, style.context(["default", STYLE]), np.errstate(all="ignore"):
        figure = Figure(figsize=(12, height), dpi=100, layout="constrained")
        figure.get_layout_engine().set(rect=(0.005, 0.01, 0.985, 0.98 - 0.72 / height))  # type: ignore[union-attr, call-arg]
        heading(figure, title, run_title)
        paint(figure, result)
        stay_in_calendar(figure)
        figure.savefig(picture, format=format, metadata=metadata)
    return picture.getvalue()


def heading(figure: Figure, title: str, run_title: str) -> None:
    """Write what is shown, and below of which run; a title's own signs are shown as they are."""
    shown = "".join(letter if letter.isprintable() else " " for letter in run_title)
    if len(shown) > LONGEST_TITLE:
        shown = shown[: LONGEST_TITLE - 1] + "…"
    height = figure.get_figheight()
    figure.text(0.012, 1 - 0.30 / height, title, fontsize=14, fontweight="bold", va="center")
    figure.text(0.012, 1 - 0.56 / height, shown, fontsize=10, color=DIM, va="center", parse_math=False)


def draw_equity(figure: Figure, result: RunResult) -> None:
    """Draw equity beside buy and hold, with entries and exits."""
    axes = time_axes(figure.subplots())
    time, equity, close = curve(result, "time"), curve(result, "equity"), series(result, "close")
    held = drawable(initial_capital(result) * (close / close[0]))
    line(axes, time, held, color=DIM, label="buy and hold", width=1.0)
    line(axes, time, equity, color=BLUE, label="equity")
    mark_trades(axes, result, equity)
    axes.set_ylabel(f"equity ({CURRENCY})")
    thousands(axes)
    legend(axes)


def draw_drawdown(figure: Figure, result: RunResult) -> None:
    """Draw how far equity is below its highest value so far."""
    axes = time_axes(figure.subplots())
    time, depth = curve(result, "time"), drawable(drawdown(curve(result, "equity")))
    shown = decimate(time, [depth], POINTS)
    days = as_dates(time[shown])
    axes.fill_between(days, depth[shown], 0, color=RED, alpha=0.25, linewidth=0)
    axes.plot(days, depth[shown], color=RED, linewidth=1.0)
    lowest = int(depth.argmin())
    if depth[lowest] < 0:
        day = as_dates(time[lowest : lowest + 1])
        label = f"deepest: {_percent(depth[lowest])} on {str(day[0])[:10]}"
        axes.plot(day, depth[lowest : lowest + 1], "o", color=AMBER, markersize=6, label=label)
        legend(axes)
    else:
        note(
            axes,
            "equity never fell below an earlier value" + ("" if count(result) else ": there are no trades"),
        )
        axes.set_ylim(-1, 0.05)
    axes.set_ylabel("drawdown from the peak (%)")
    room_for_one(axes, time)
    thousands(axes)


def draw_portfolio(figure: Figure, result: RunResult) -> None:
    """Draw the close with buys and sells, and below it the position and the cash."""
    top, middle, bottom = figure.subplots(3, 1, sharex=True, height_ratios=[3, 1, 1])
    time, close = curve(result, "time"), series(result, "close")
    line(time_axes(top), time, close, color=TEXT, label="close", width=1.0)
    mark_trades(top, result, close)
    top.set_ylabel("close (price)")
    thousands(top)
    legend(top)
    for axes, name, color, unit in (
        (middle, "position", BLUE, "position\n(shares)"),
        (bottom, "cash", AMBER, f"cash\n({CURRENCY})"),
    ):
        values = series(result, name)
        shown = decimate(time, [values], POINTS)
        days = as_dates(time[shown])
        time_axes(axes).plot(days, values[shown], color=color, linewidth=1.0, drawstyle="steps-post")
        axes.fill_between(days, values[shown], 0, color=color, alpha=0.2, linewidth=0, step="post")
        axes.set_ylabel(unit)
        thousands(axes)
    if not series(result, "position").any():
        middle.set_ylim(-0.05, 1)


def draw_trade_pnl(figure: Figure, result: RunResult) -> None:
    """Draw each closed trade's profit or loss, and below it their running sum."""
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[2, 1])
    pnl = drawable(trade_pnl(result.trades)[1])
    still_open = count(result) - len(pnl)
    bottom.set_xlabel("closed trades in order of entry")
    top.set_ylabel(f"profit or loss\n({CURRENCY})")
    bottom.set_ylabel(f"running sum\n({CURRENCY})")
    if not len(pnl):
        note(top, "no trade was closed" + (", one is still open" if still_open else ": there are no trades"))
        for axes in (top, bottom):
            axes.set(xticks=[], yticks=[])
        return
    number = np.arange(1, len(pnl) + 1)
    shown = decimate(number, [pnl], POINTS)
    width = float(np.clip(500 / len(shown), 0.5, 24))
    for won, color, label in ((True, GREEN, "won"), (False, RED, "lost or even")):
        of_kind = (pnl > 0) == won
        here = shown[of_kind[shown]]
        label = f"{label}: {int(of_kind.sum()):,}"
        top.vlines(number[here], 0, pnl[here], color=color, linewidth=width, label=label)
    total = drawable(np.concatenate([[0.0], pnl.cumsum()]))
    steps = decimate(total, [total], POINTS)
    # A sum stands from its trade to the next one; the last one has none, and gets half a place.
    bottom.plot([*steps, len(pnl) + 0.5], [*total[steps], total[-1]], color=BLUE, drawstyle="steps-post")
    for axes in (top, bottom):
        axes.axhline(0, color=DIM, linewidth=0.8)
        axes.set_xlim(0.4 if len(pnl) > 1 else 0, len(pnl) + 0.6 if len(pnl) > 1 else 2)
        thousands(axes)
    top.xaxis.get_major_locator().set_params(integer=True)
    legend(top, note="one trade is still open and not shown" if still_open else "")


def draw_cumulative_return(figure: Figure, result: RunResult) -> None:
    """Draw the return on the initial capital beside that of buy and hold."""
    axes = time_axes(figure.subplots())
    time, equity, close = curve(result, "time"), curve(result, "equity"), series(result, "close")
    held = drawable(cumulative_return(close, float(close[0])))
    gained = drawable(cumulative_return(equity, initial_capital(result)))
    axes.axhline(0, color=DIM, linewidth=0.8)
    line(axes, time, held, color=DIM, label=f"buy and hold {_percent(held[-1])}", width=1.0)
    line(axes, time, gained, color=BLUE, label=f"strategy {_percent(gained[-1])}")
    axes.set_ylabel("cumulative return (%)")
    thousands(axes)
    legend(axes, note="" if count(result) else "there are no trades")


CHARTS: dict[str, tuple[str, float, Callable[[Any, RunResult], None]]] = {
    "equity": ("Equity", 6.0, draw_equity),
    "drawdown": ("Drawdown", 5.0, draw_drawdown),
    "portfolio": ("Portfolio", 8.0, draw_portfolio),
    "trade_pnl": ("Profit and loss by trade", 6.0, draw_trade_pnl),
    "cumulative_return": ("Cumulative return", 5.0, draw_cumulative_return),
}
"""Each picture's title, height in inches and painter."""


def curve(result: RunResult, name: str) -> npt.NDArray[Any]:
    """Return a column of the equity curve."""
    values = np.asarray(result.equity_curve[name])
    return values if name == "time" else drawable(values)


def series(result: RunResult, name: str) -> Floats:
    """Return one of the columns beside the equity curve."""
    return drawable(np.asarray(result.series[name], dtype=np.float64))


def drawable(values: Floats) -> Floats:
    """Return the values as far as they can be drawn; one that is none is a gap."""
    return np.clip(values, -LARGEST, LARGEST)


def count(result: RunResult) -> int:
    """Return the number of trades, an open one included."""
    return len(result.trades["trade_no"])


def initial_capital(result: RunResult) -> float:
    """Return the capital that the metrics imply; without them, the first bar's equity."""
    final, gained = result.metrics.get("final_value"), result.metrics.get("total_return_pct")
    if final is None or gained is None or gained <= -99.0:
        return float(curve(result, "equity")[0])
    return round(final / (1 + gained / 100), 8)


def _percent(value: float) -> str:
    return figure_text(value, "percent", signed=True)


def as_dates(time: npt.NDArray[Any]) -> npt.NDArray[np.datetime64]:
    """Return microseconds since the epoch as what matplotlib takes for times."""
    return np.asarray(time, dtype=np.int64).astype("M8[us]")


def time_axes(axes: Axes) -> Axes:
    """Let the horizontal axis show times in UTC, briefly."""
    from matplotlib import dates

    untyped: Any = dates
    locator = untyped.AutoDateLocator(minticks=4, maxticks=10, tz="UTC")
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(untyped.ConciseDateFormatter(locator, tz="UTC"))
    return axes


def stay_in_calendar(figure: Figure) -> None:
    """Take from the axes of time what lies beyond the calendar, such as a margin before the year 1."""
    from matplotlib.dates import AutoDateLocator

    for axes in figure.axes:
        if isinstance(axes.xaxis.get_major_locator(), AutoDateLocator):
            left, right = axes.get_xlim()
            if left < FIRST_DAY or right > LAST_DAY:
                axes.set_xlim(max(left, FIRST_DAY), min(right, LAST_DAY))


def thousands(axes: Axes) -> None:
    """Write the vertical axis' numbers with thousands separators and the decimals that they need."""
    from matplotlib.ticker import FuncFormatter

    # Rounding takes away the noise of a tick like 0.30000000000000004, adding 0 the sign of -0.0.
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{round(float(value), 9) + 0:,.12g}"))


def line(axes: Axes, time: Integers, values: Floats, *, color: str, label: str, width: float = 1.3) -> None:
    """Draw a curve with the points that show at this size; a single bar as a dot."""
    shown = decimate(time, [values], POINTS)
    marker = "o" if len(values) == 1 else ""
    axes.plot(as_dates(time[shown]), values[shown], marker=marker, color=color, label=label, lw=width)
    room_for_one(axes, time)


def room_for_one(axes: Axes, time: Integers) -> None:
    """Show a day to each side of a single bar, around which there would be years."""
    if len(time) == 1:
        day = np.timedelta64(1, "D")
        axes.set_xlim(as_dates(time)[0] - day, as_dates(time)[0] + day)


def mark_trades(axes: Axes, result: RunResult, values: Floats) -> None:
    """Mark buys and sells on the curve `values`; say so where there are none or too many."""
    time = curve(result, "time")
    entry = np.asarray(result.trades["entry_timestamp"], dtype=np.int64)
    leave = np.asarray(result.trades["exit_timestamp"], dtype=np.int64)
    long = np.asarray(result.trades["side"]) == LONG
    closed = leave != NO_TIME
    buys = np.concatenate([entry[long], leave[~long & closed]])
    sells = np.concatenate([entry[~long], leave[long & closed]])
    if not len(entry):
        axes.text(0, 1.01, "there are no trades", transform=axes.transAxes, color=AMBER, va="bottom")
        return
    number = len(buys) + len(sells)
    many = number > MOST_MARKERS
    for moments, marker, color, name in ((buys, "^", GREEN, "buy"), (sells, "v", RED, "sell")):
        if not len(moments):
            continue
        places = np.searchsorted(time, np.sort(moments))[: 0 if many else None]
        size = 7 if number <= 60 else 6 if number <= 300 else 4
        label = f"{name} ({len(moments):,}{', too many to mark' if many else ''})"
        days = as_dates(time[places])
        axes.plot(
            days, values[places], marker, color=color, markersize=size, mec=GROUND, mew=0.5, label=label
        )


def note(axes: Axes, words: str) -> None:
    """Write a sentence across the middle of axes that have little else."""
    box = {"facecolor": GROUND, "edgecolor": GRID, "boxstyle": "round,pad=0.5"}
    place = {"transform": axes.transAxes, "ha": "center", "va": "center", "bbox": box}
    axes.text(0.5, 0.5, words, fontsize=12, color=AMBER, **place)  # type: ignore[arg-type]


def legend(axes: Axes, *, note: str = "") -> None:
    """Write the legend in one line above the axes, where it covers nothing."""
    if note:
        axes.plot([], [], " ", label=note)
    shown = axes.legend(
        loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=5, borderaxespad=0.3, handlelength=1.4
    )
    handles: list[Any] = [handle for handle in shown.legend_handles if hasattr(handle, "set_linewidth")]
    for handle in handles:
        handle.set_linewidth(np.minimum(handle.get_linewidth(), 6))
