"""What each tab of a run shows beside its charts, computed from the stored result when it is looked at."""

from collections.abc import Callable, Mapping
from datetime import date
from itertools import groupby
from typing import Any

import numpy as np
from babel.dates import get_month_names
from flask import request
from stockbt_domain.bars import day_start, from_micros
from stockbt_domain.columns import NO_TIME
from stockbt_domain.datasets import Dataset
from stockbt_domain.documents.run import orders as order_dicts
from stockbt_domain.documents.run import trades as trade_dicts
from stockbt_domain.figures import FIGURES
from stockbt_domain.messages.orders import REASONS
from stockbt_domain.result import Columns
from stockbt_domain.rules import RULES_BY_NAME
from stockbt_domain.run import Run
from stockbt_reporting.chart_data import chart_window
from stockbt_reporting.rolling import WINDOW
from stockbt_reporting.window import FEWEST_POINTS

from ..results import trades as trade_pages
from ..results.analysis import drawdowns_of, excursions_of, periods_of_run, provenance_of, uncertainty_of
from ..results.curves import curves_of, table_of
from ..results.holding import holding_of
from ..services import workbench
from ..text.languages import day, gettext, language, moment

TABLE_ROWS = 40
"""Rows of the table behind a chart: what one reads; all bars are in equity.csv."""

_SECOND = 1_000_000

HEAT = 10.0
"""Return of a month, in percent, that has the full colour of the heat map."""


_REACH = ("mae_pct", "mae_abs", "mfe_pct", "mfe_abs")
_QUERY = ("sort", "side", "result", "entered_from", "entered_to", "page", "signals", "signal_page")


def stats(run: Run) -> dict[str, Any]:
    """Return every figure with its provenance, holding the security beside it, and how sure it is."""
    doubt = uncertainty_of(run)
    return {
        "figure_groups": [(name, list(group)) for name, group in groupby(FIGURES, key=lambda f: f.group)],
        "held": holding_of(run),
        "doubt": doubt,
        "interval": {interval.name: interval for interval in doubt.intervals},
        "provenance": provenance_of(run),
        "exact": _exact,
    }


def equity(run: Run) -> dict[str, Any]:
    """Return the returns by month and year, and the table behind the chart."""
    names = get_month_names("abbreviated", locale=language())
    months = [names[month] for month in range(1, 13)]
    years = periods_of_run(run)
    return {"years": years, "months": months, "heat": _heat, "window": WINDOW, **_chart_table(run)}


def drawdowns(run: Run) -> dict[str, Any]:
    """Return the ten worst drawdowns, and the table behind the chart."""
    return {"worst": drawdowns_of(run), **_chart_table(run)}


def trades(run: Run) -> dict[str, Any]:
    """Return a page of the trades and one of the signals, as the query filters and sorts them."""
    columns = table_of(run, "trades")
    table = trade_pages.arrays(columns)
    signals = table_of(run, "orders")
    orders = trade_pages.arrays(signals)
    reach = excursions_of(run)
    if reach is not None:
        table.update({name: getattr(reach, name) for name in _REACH})
    wanted = _wanted(has_reach=reach is not None)
    kind = _one_of("signals", trade_pages.SIGNALS)
    part = trade_pages.cut(trade_pages.trade_rows(table, wanted), _page("page"))
    signal_part = trade_pages.cut(trade_pages.signal_rows(orders, kind), _page("signal_page"))
    asked, pin = run.work()
    rule = RULES_BY_NAME.get(asked.rule_type or "")
    causes = trade_pages.causes(table, orders, part.rows, execution=asked.execution)
    shown = trade_dicts(_taken(columns, part.rows), pin.timeframe)
    for row, trade, cause in zip(part.rows.tolist(), shown, causes, strict=True):
        trade.update(cause, entry=int(table["entry_timestamp"][row]), exit=int(table["exit_timestamp"][row]))
        trade.update({name: float(table[name][row]) for name in _REACH if name in table})
    listed = order_dicts(_taken(signals, signal_part.rows), pin.timeframe)
    for row, order in zip(signal_part.rows.tolist(), listed, strict=True):
        order["at"] = int(orders["timestamp"][row])
    return {
        "has_reach": reach is not None,
        "trade_part": part,
        "trade_list": shown,
        "wanted": wanted,
        "query": {name: request.args[name] for name in _QUERY if request.args.get(name)},
        "rule": rule,
        "signal_part": signal_part,
        "signal_list": listed,
        "signal_kind": kind,
        "unfilled": trade_pages.unfilled_reasons(orders),
        "reasons": REASONS,
        "stamp": _stamp(run),
        "seconds": _seconds,
        "no_time": NO_TIME,
    }


def about(run: Run) -> dict[str, Any]:
    """Return what readers wrote on the run, and its version of the data, None where that is gone."""
    ports = workbench()
    ticker = run.request.ticker
    versions = ports.datasets.versions(ticker) if ticker else ()
    return {
        "annotation": ports.runs.annotations([run.run_id]).get(run.run_id),
        "dataset": next((version for version in versions if _is_of(version, run)), None),
    }


def _is_of(version: Dataset, run: Run) -> bool:
    pin = run.pin
    if pin is None:
        return False
    return (version.timeframe, version.data_hash, version.adjusted) == (
        pin.timeframe,
        pin.data_hash,
        pin.adjusted,
    )


def _chart_table(run: Run) -> dict[str, Any]:
    """Return evenly spaced bars with all that the charts draw, the first and the last one among them."""
    curves = curves_of(run)
    last = len(curves.time) - 1
    rows = (
        [round(last * row / (TABLE_ROWS - 1)) for row in range(TABLE_ROWS)]
        if last >= TABLE_ROWS
        else range(last + 1)
    )
    listed = []
    for row in rows:
        at = int(curves.time[row])
        found = chart_window(curves, start=at, end=at, points=FEWEST_POINTS).columns
        listed.append({"at": at * _SECOND, **{name: float(column[0]) for name, column in found.items()}})
    return {"chart_rows": listed, "bars": last + 1, "stamp": _stamp(run), "seconds": _seconds}


def _exact(value: float | int | None) -> str:
    """Return a number with all the digits that tell it from its neighbours, for checking by hand."""
    return gettext("n/a") if value is None else f"{value:,}" if isinstance(value, int) else repr(value)


def _heat(value: float) -> float:
    """Return how strong a return is coloured, from 0 to 1."""
    return round(min(abs(value) / HEAT, 1.0), 2)


def _stamp(run: Run) -> Callable[[int], str]:
    """Return what writes a bar's microseconds: a day for daily bars, else a time."""
    if run.request.timeframe == "1d":
        return lambda micros: day(from_micros(micros).date())
    return lambda micros: moment(from_micros(micros), "minutes")


def _seconds(micros: int) -> int:
    return micros // _SECOND


def _taken(columns: Columns, rows: trade_pages.Integers) -> dict[str, memoryview]:
    return {name: np.asarray(column)[rows].data for name, column in columns.items()}


def _wanted(*, has_reach: bool) -> trade_pages.TradeFilter:
    """Return the filter that the query asks for; what it says wrongly is left out, as in a form."""
    sort = request.args.get("sort", "")
    known = [name for name in trade_pages.SORTS if has_reach or name not in _REACH]
    last = _day_micros("entered_to")
    return trade_pages.TradeFilter(
        side=_one_of("side", trade_pages.SIDES),
        result=_one_of("result", trade_pages.RESULTS),
        entered_from=_day_micros("entered_from"),
        entered_to=None if last is None else last + 86_400_000_000 - 1,
        sort=sort if sort.removeprefix("-") in known else "trade_no",
    )


def _one_of(name: str, allowed: tuple[str, ...]) -> str | None:
    value = request.args.get(name)
    return value if value in allowed else None


def _page(name: str) -> int:
    text = request.args.get(name, "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def _day_micros(name: str) -> int | None:
    try:
        return day_start(date.fromisoformat(request.args.get(name, "")))
    except ValueError:
        return None


PANELS: Mapping[str, Callable[[Run], dict[str, Any]]] = {
    "stats": stats,
    "equity": equity,
    "drawdown": drawdowns,
    "portfolio": _chart_table,
    "trades": trades,
    "about": about,
}
