"""Pages of the list of runs in SQL: by key, each filter and order within an index of its own."""

import re
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select
from sqlalchemy.exc import DBAPIError
from stockbt_domain.bars import from_micros, to_micros
from stockbt_domain.errors import InvalidInput, Problem
from stockbt_domain.figures import SORTED_FIGURES
from stockbt_domain.messages import Message
from stockbt_domain.ports import Page
from stockbt_domain.run_query import SORTS, RunQuery

from .database import number_of
from .rows import RUN, run_of
from .schema import run_figures, run_notes, run_tags, runs

_FILTERS = ("ticker", "rule_type", "status", "rule_id", "data_hash")
_ORDERED: dict[tuple[str, ...], str] = {
    (): "ix_runs_created",
    **{(name,): f"ix_runs_{name}" for name in _FILTERS},
    ("ticker", "rule_type"): "ix_runs_ticker_rule_type",
    ("ticker", "status"): "ix_runs_ticker_status",
    ("rule_type", "status"): "ix_runs_rule_type_status",
    ("status", "rule_id"): "ix_runs_rule_id_status",
}
"""The index that has exactly these filters in the order of the page. MySQL is told: with the rows of many
tickers it took (ticker, status) for the ticker alone, and sorted all of them for one page."""
_CURSOR = re.compile(r"(\d{1,18})\.([0-9a-f-]{36})", re.ASCII)
_FIGURE_CURSOR = re.compile(r"(-?0x[01]\.[0-9a-f]{1,13}p[+-]\d{1,4})_([0-9a-f-]{36})", re.ASCII)

SECONDS = 10
"""What a page may take on MySQL: a text that few of a million runs have is looked for in all of them, and
a reader who does not wait for it must not keep the server busy."""
_TOOK_TOO_LONG = 3024


def page(connection: Connection, query: RunQuery) -> Page:
    """Return a page of runs. Raises InvalidInput for a cursor or an order that is none, and for a question
    that takes too long."""
    name = query.sort.removeprefix("-")
    if name not in SORTS:
        message = Message("NOT_ALLOWED.sort", names=", ".join(SORTS))
        raise InvalidInput((Problem.of("sort", message, list(SORTS)),))
    found = _by_time(query) if name == "created_at" else _by_figure(query, SORTED_FIGURES[name])
    bound = found.prefix_with(f"/*+ MAX_EXECUTION_TIME({round(SECONDS * 1000)}) */", dialect="mysql")
    try:
        rows = connection.execute(bound).all()
    except DBAPIError as error:
        if number_of(error) != _TOOK_TOO_LONG:
            raise
        field = "sort" if query.q is None else "q"
        raise InvalidInput((Problem.of(field, Message("TOO_SLOW", seconds=f"{SECONDS}")),)) from error
    part = rows[: query.limit]
    following = None
    if len(rows) > len(part):
        last = part[-1]
        following = (
            cursor_of(last.created_at, last.run_id)
            if name == "created_at"
            else f"{float(last.figure).hex()}_{last.run_id}"
        )
    return Page(tuple(run_of(row) for row in part), following)


def _by_time(query: RunQuery) -> Select[Any]:
    """Return the query of a page by (created_at, run_id)."""
    # The runs of a tag are found in the tags' own key, which has the time as well.
    key = run_tags if query.tag is not None else runs
    ids = select(key.c.run_id).where(*_wanted(query))
    if query.tag is not None:
        ids = ids.where(run_tags.c.tag == query.tag)
        if _needs_run(query):
            ids = ids.join(runs, runs.c.run_id == run_tags.c.run_id)
    if query.cursor is not None:
        ids = ids.where(_after(key.c.created_at, key.c.run_id, position(query.cursor), query.sort))
    ids = ids.order_by(*_order(key.c.created_at, key.c.run_id, query.sort)).limit(query.limit + 1)
    if query.tag is None and query.q is None:
        given = tuple(name for name in _FILTERS if getattr(query, name) is not None)
        whole = ids.with_only_columns(*RUN)
        index = _ORDERED.get(given)
        return whole if index is None else whole.with_hint(runs, f"FORCE INDEX ({index})", "mysql")
    # First the ids, from what an index holds; then the rows of these few.
    few = ids.subquery("few")
    order = _order(runs.c.created_at, runs.c.run_id, query.sort)
    return select(*RUN).join(few, few.c.run_id == runs.c.run_id).order_by(*order)


def _by_figure(query: RunQuery, name: str) -> Select[Any]:
    """Return the query of a page by (figure, run_id); runs without the figure are not in it."""
    figure = run_figures.c[name]
    found = (
        select(*RUN, figure.label("figure"))
        .join(run_figures, run_figures.c.run_id == runs.c.run_id)
        .where(figure.is_not(None), *_wanted(query))
    )
    if query.tag is not None:
        tagged = select(run_tags.c.run_id).where(run_tags.c.tag == query.tag)
        found = found.where(run_figures.c.run_id.in_(tagged))
    if query.cursor is not None:
        parts = _FIGURE_CURSOR.fullmatch(query.cursor)
        if parts is None:
            raise _no_cursor()
        try:
            value = float.fromhex(parts[1])
        except OverflowError as error:
            raise _no_cursor() from error
        found = found.where(_after(figure, run_figures.c.run_id, (value, parts[2]), query.sort))
    order = _order(figure, run_figures.c.run_id, query.sort)
    return found.order_by(*order).limit(query.limit + 1)


def _needs_run(query: RunQuery) -> bool:
    return query.q is not None or any(getattr(query, name) is not None for name in _FILTERS)


def _wanted(query: RunQuery) -> list[ColumnElement[bool]]:
    """Return the conditions on the run itself."""
    values = ((name, getattr(query, name)) for name in _FILTERS)
    wanted: list[ColumnElement[bool]] = [runs.c[name] == str(v) for name, v in values if v is not None]
    if query.q is not None:
        wanted.append(_mentions(query.q))
    return wanted


def _mentions(text: str) -> ColumnElement[bool]:
    """Return whether label, ticker, tags or note contain `text`, whatever the case of its letters."""

    def has(column: ColumnElement[str]) -> ColumnElement[bool]:
        return func.lower(column).contains(text.lower(), autoescape=True)

    noted = select(run_notes.c.run_id).where(has(run_notes.c.note))
    tagged = select(run_tags.c.run_id).where(has(run_tags.c.tag))
    places = [has(runs.c.rule_id), runs.c.run_id.in_(noted), runs.c.run_id.in_(tagged)]
    if text.isascii():  # MySQL refuses to compare the ticker with what ASCII does not have
        places.append(has(runs.c.ticker))
    return or_(*places)


def _after(
    column: ColumnElement[Any], run_id: ColumnElement[str], last: tuple[Any, str], sort: str
) -> ColumnElement[bool]:
    """Return what comes after a page's last run; written so, and not as a comparison of pairs, MySQL reads
    it as a range of the index."""
    value, last_id = last
    if sort.startswith("-"):
        return and_(column <= value, or_(column < value, run_id < last_id))
    return and_(column >= value, or_(column > value, run_id > last_id))


def _order(
    column: ColumnElement[Any], run_id: ColumnElement[str], sort: str
) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return (column.desc(), run_id.desc()) if sort.startswith("-") else (column.asc(), run_id.asc())


def cursor_of(created_at: datetime, run_id: str) -> str:
    """Return the cursor after a run of a page by time."""
    return f"{to_micros(created_at)}.{run_id}"


def position(cursor: str) -> tuple[datetime, str]:
    """Return the run after which a cursor goes on. Raises InvalidInput for one that is none."""
    parts = _CURSOR.fullmatch(cursor)
    try:
        if parts is None:
            raise ValueError(cursor)
        return from_micros(int(parts[1])), parts[2]
    except (ValueError, OverflowError) as error:
        raise _no_cursor() from error


def _no_cursor() -> InvalidInput:
    return InvalidInput((Problem.of("cursor", Message("INVALID_CURSOR")),))
