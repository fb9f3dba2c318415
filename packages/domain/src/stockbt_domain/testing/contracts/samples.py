"""Runs, results and price data to try an adapter with; awkward on purpose, and always the same."""

import hashlib
import math
import random
from array import array
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ...columns import NO_TIME, ORDER_COLUMNS, TRADE_COLUMNS
from ...datasets import Dataset, Finding
from ...pin import Pin
from ...request import BacktestRequest, RejectedRequest
from ...result import Caveat, Columns, Metrics, Result
from ...run import ComputedBy, Place, Run, RunEvent
from ..memory import SequentialIds

NEW_YEARS_EVE = datetime(2024, 12, 31, 23, 59, 59, 600000, UTC)
"""A time that becomes next year where its fraction is dropped."""

PARAMS = '{"fast_period": 1e2,  "slow_period":200, "note":"größer \U0001f680 \\u00e9 \'\\"\\\\"}'
"""Parameters as someone may send them: spacing, order, number forms and escapes are their own."""

METRICS: Metrics = {
    "total_return": 0.1 + 0.2,
    "sharpe_ratio": None,
    "calmar_ratio": -1.7976931348623157e308,
    "smallest": 5e-324,
    "minus_zero": -0.0,
    "third": 1 / 3,
    "large": 1e22,
    "whole": 12.0,
    "trades": 12,
    "none": 0,
    "nothing": 0.0,
}

CAVEATS = (Caveat("SAME_BAR_FILL", "Filled at the close that signalled: 10 % \U0001f680"), Caveat("B", ""))

_ids = SequentialIds()


def a_run(*, at: datetime = NEW_YEARS_EVE, run_id: str | None = None, **changes: Any) -> Run:
    """Return a PENDING run with a new id, and `changes` to it as `changed` makes them."""
    first, last = date(1990, 1, 2), date(2024, 12, 31)
    run = Run(
        run_id=run_id or _ids.new_id(),
        created_at=at,
        launcher="LOCAL",
        request_text='{ "ticker" : "AAPL", "rule_type":"RSI+MACD"}',
        request=BacktestRequest(
            ticker="AAPL",
            rule_type="RSI+MACD",
            rule_id="mein \U0001f680 preset",
            params_text=PARAMS,
            start_date=first,
            end_date=last,
            initial_capital=100000.1,
            fee_rate=0.001,
            slippage_bps=0.1 + 0.2,
            size_type="percent",
            position_size=100.0,
            direction="longshort",
            timeframe="1d",
            execution="next_open",
            engine="legacy",
        ),
        pin=Pin("d" * 64, adjusted=True, start_date=first, end_date=last, timeframe="1d"),
        place=Place(next_launch_at=at + timedelta(microseconds=1)),
    )
    return changed(run, **changes)


def changed(run: Run, **changes: Any) -> Run:
    """Return the run with these fields changed, in whichever of its parts they are. One without its ticker,
    its rule or its data is that of a rejected request, with no pin."""
    parts = {
        name: replace(part, **mine)
        for name in ("request", "pin", "computed_by", "place", "end")
        if (part := getattr(run, name)) is not None
        and (mine := {field.name: changes[field.name] for field in fields(part) if field.name in changes})
    }
    own = {field.name: changes[field.name] for field in fields(run) if field.name in changes}
    if any(changes.get(name, "") is None for name in ("ticker", "rule_type", "data_hash")):
        asked = parts.get("request", run.request)
        read = {field.name: getattr(asked, field.name) for field in fields(asked)}
        parts.update(request=RejectedRequest(**read), pin=None)
    return replace(run, **own, **parts)


def first_event(run: Run) -> RunEvent:
    """Return the event with which a run begins."""
    return RunEvent(None, run.status, run.created_at, run.attempt, "web", "submitted \U0001f680")


def an_event(before: Run, after: Run, *, reason: str = "because") -> RunEvent:
    """Return the event from one state to the next."""
    at = NEW_YEARS_EVE + timedelta(microseconds=1)
    return RunEvent(before.status, after.status, at, after.attempt, "worker@pod-1", reason)


def claimed(run: Run) -> Run:
    """Return the run as its next attempt holds it."""
    return run.claimed(
        at=NEW_YEARS_EVE,
        by=ComputedBy(engine_version="f" * 40, engine_digest="e" * 64, image_tag="f" * 40),
        run_key="a" * 64,
    )


def succeeded(run: Run, result: Result) -> Run:
    """Return the claimed run with its result."""
    return run.succeeded(
        result, at=NEW_YEARS_EVE, verdict="different", difference="trades[0].size \U0001f680"
    )


def failed(run: Run) -> Run:
    """Return the run as failed."""
    return run.failed(
        at=NEW_YEARS_EVE, kind="system_error", code="WORKER_LOST", message="Try again \U0001f680"
    )


def columns(formats: dict[str, str], rows: list[tuple[float, ...]]) -> Columns:
    """Return `rows` as columns of the given formats."""
    values = zip(*rows, strict=True) if rows else ((),) * len(formats)
    return {
        name: memoryview(array(format, column))
        for (name, format), column in zip(formats.items(), values, strict=True)
    }


CLOSED_TRADE = (1, 1, 10.0, 0, 100.1, 0.1, 86_400_000_000, 110.2, 0.2, 100.7, 1 / 3, 1.0)
OPEN_TRADE = (2, -1, 3.5, 86_400_000_000, 110.2, 0.2, NO_TIME, math.nan, 0.0, -0.0, -5e-324, 2.5)


def a_result(*, bars: int = 5, trades: tuple[tuple[float, ...], ...] = (CLOSED_TRADE, OPEN_TRADE)) -> Result:
    """Return a result over so many bars."""
    chance = random.Random(1)
    walk = array("d", [1e5 + chance.gauss(0, 1000) for _ in range(bars)])
    time = array("q", [-86_400_000_000 + i * 86_400_000_000 for i in range(bars)])
    return Result(
        metrics=METRICS,
        equity_curve={"time": memoryview(time), "equity": memoryview(walk)},
        trades=columns(TRADE_COLUMNS, list(trades)),
        orders=columns(ORDER_COLUMNS, [(0, 1, 0, 10.0, 100.1), (86_400_000_000, -1, 11, 0.0, 0.0)]),
        series={name: memoryview(walk) for name in ("close", "position", "cash")},
        warnings=CAVEATS,
    )


def contents(table: Columns) -> dict[str, tuple[str, bytes]]:
    """Return a table's columns as plain values, in which NaN equals NaN."""
    return {name: (column.format, column.tobytes()) for name, column in table.items()}


def a_dataset(content: bytes, *, ticker: str = "AAPL", **changes: Any) -> Dataset:
    """Return the description of `content` as an import makes it."""
    dataset = Dataset(
        ticker=ticker,
        timeframe="1d",
        data_hash=hashlib.sha256(content).hexdigest(),
        adjusted=False,
        first=date(1990, 1, 2),
        last=date(2024, 12, 31),
        bars=8817,
        size_bytes=len(content),
        source="größe \U0001f680.csv",
        imported_at=NEW_YEARS_EVE,
        findings=(Finding("GAP", "7 sessions are missing \U0001f680", 2, 17, "1990-01-23"),),
    )
    return replace(dataset, **changes)
