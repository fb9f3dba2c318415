"""A run as the interfaces give it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from ..annotations import Annotation
from ..bars import from_micros
from ..columns import NO_TIME, ORDER_REASONS, public_side
from ..ports.run_repository import RunRepository
from ..request import readable_json
from ..result import Result
from ..run import Run, RunEvent, Status, isoformat

_DAY = 86_400_000_000
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


def status(run_id: str, *, runs: RunRepository, series: bool = True) -> dict[str, Any]:
    """Return the whole run, or all but equity and trades. Raises RunNotFound."""
    return whole(runs.get(run_id), runs=runs, series=series)


def whole(
    run: Run, *, runs: RunRepository, series: bool = True, result: Result | None = None
) -> dict[str, Any]:
    """Return as `status` does for a run, and perhaps its result, that was read already."""
    if result is None and series and run.status is Status.SUCCEEDED:
        result = runs.result(run.run_id)
    events = _events(runs.events(run.run_id))
    written = runs.annotations([run.run_id]).get(run.run_id, Annotation()).as_json()
    return {**describe(run), **written, **describe_series(run, result, series), "events": events}


def describe(run: Run) -> dict[str, Any]:
    """Return every field of a run but its series and events, as JSON has them."""
    asked, by, end = run.request, run.computed_by, run.end
    return {
        "run_id": run.run_id,
        "status": run.status.value,
        "error_kind": end.error_kind,
        "error_code": end.error_code,
        "error_message": end.error_message,
        "ticker": asked.ticker,
        "rule_type": asked.rule_type,
        "rule_id": asked.rule_id,
        "params": readable_json(asked.params_text),
        "start_date": _day(asked.start_date),
        "end_date": _day(asked.end_date),
        "initial_capital": asked.initial_capital,
        "fee_rate": asked.fee_rate,
        "slippage_bps": asked.slippage_bps,
        "size_type": asked.size_type,
        "position_size": asked.position_size,
        "direction": asked.direction,
        "timeframe": asked.timeframe,
        "execution": asked.execution,
        "priority": asked.priority,
        "reuse": asked.reuse,
        "created_at": _time(run.created_at),
        "started_at": _time(run.started_at),
        "completed_at": _time(run.completed_at),
        "attempt": run.attempt,
        "launcher": run.launcher,
        "data_hash": run.pin and run.pin.data_hash,
        "engine": asked.engine,
        "engine_version": by and by.engine_version,
        "engine_digest": by and by.engine_digest,
        "image_tag": by and by.image_tag,
        "run_key": run.run_key,
        "result_hash": end.result_hash,
        "reproduces": run.reproduces,
        "reuses": run.reuses,
        "verdict": end.verdict,
        "difference": end.difference,
        "warnings": [caveat.as_json() for caveat in end.warnings],
        "metrics": dict(end.metrics),
    }


def describe_series(run: Run, result: Result | None, wanted: bool = True) -> dict[str, Any]:
    """Return equity_curve and trades as JSON has them, empty while there is no result."""
    if not wanted:
        return {}
    if result is None:
        return {"equity_curve": {"time": [], "equity": []}, "trades": []}
    curve = result.equity_curve
    return {
        "equity_curve": {
            "time": times(curve["time"], run.request.timeframe),
            "equity": curve["equity"].tolist(),
        },
        "trades": trades(result.trades, run.request.timeframe),
    }


def times(column: memoryview, timeframe: str | None) -> list[str | None]:
    """Return a column of microseconds as text: a daily bar's date, else ISO 8601 in UTC with `Z`."""
    if timeframe == "1d":
        return [
            None if t == NO_TIME else date.fromordinal(_EPOCH_ORDINAL + t // _DAY).isoformat() for t in column
        ]
    return [None if t == NO_TIME else from_micros(t).isoformat().replace("+00:00", "Z") for t in column]


def trades(columns: Mapping[str, memoryview], timeframe: str | None) -> list[dict[str, Any]]:
    """Return the trade list, one object a trade; an open one's exit time and price are None."""
    lists: dict[str, Sequence[Any]] = {name: column.tolist() for name, column in columns.items()}
    lists["side"] = [public_side(side) for side in columns["side"]]
    lists["exit_price"] = [None if p != p else p for p in columns["exit_price"]]
    for name in ("entry_timestamp", "exit_timestamp"):
        lists[name] = times(columns[name], timeframe)
    return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]


def orders(columns: Mapping[str, memoryview], timeframe: str | None) -> list[dict[str, Any]]:
    """Return the reasons log, one object a signal change."""
    lists: dict[str, Sequence[Any]] = {name: column.tolist() for name, column in columns.items()}
    lists["timestamp"] = times(columns["timestamp"], timeframe)
    lists["signal"] = [public_side(signal) for signal in columns["signal"]]
    lists["reason"] = [ORDER_REASONS[reason] for reason in columns["reason"]]
    return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]


def _events(events: Sequence[RunEvent]) -> list[dict[str, Any]]:
    return [event.as_json() for event in events]


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else isoformat(moment)
