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
    return {
        "run_id": run.run_id,
        "status": run.status.value,
        "error_kind": run.error_kind,
        "error_code": run.error_code,
        "error_message": run.error_message,
        "ticker": run.ticker,
        "rule_type": run.rule_type,
        "rule_id": run.rule_id,
        "params": readable_json(run.params_text),
        "start_date": _day(run.start_date),
        "end_date": _day(run.end_date),
        "initial_capital": run.initial_capital,
        "fee_rate": run.fee_rate,
        "slippage_bps": run.slippage_bps,
        "size_type": run.size_type,
        "position_size": run.position_size,
        "direction": run.direction,
        "timeframe": run.timeframe,
        "execution": run.execution,
        "priority": run.priority,
        "reuse": run.reuse,
        "created_at": _time(run.created_at),
        "started_at": _time(run.started_at),
        "completed_at": _time(run.completed_at),
        "attempt": run.attempt,
        "launcher": run.launcher,
        "data_hash": run.data_hash,
        "engine": run.engine,
        "engine_version": run.engine_version,
        "engine_digest": run.engine_digest,
        "image_tag": run.image_tag,
        "run_key": run.run_key,
        "result_hash": run.result_hash,
        "reproduces": run.reproduces,
        "reuses": run.reuses,
        "verdict": run.verdict,
        "difference": run.difference,
        "warnings": [caveat.as_json() for caveat in run.warnings],
        "metrics": dict(run.metrics),
    }


def describe_series(run: Run, result: Result | None, wanted: bool = True) -> dict[str, Any]:
    """Return equity_curve and trades as JSON has them, empty while there is no result."""
    if not wanted:
        return {}
    if result is None:
        return {"equity_curve": {"time": [], "equity": []}, "trades": []}
    curve = result.equity_curve
    return {
        "equity_curve": {"time": times(curve["time"], run.timeframe), "equity": curve["equity"].tolist()},
        "trades": trades(result.trades, run.timeframe),
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
