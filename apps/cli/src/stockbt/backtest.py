"""A backtest to be run in this process."""

import json
import logging
import os
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from stockbt_domain.errors import RunAlreadyEnded, RunFailure, StorageUnavailable

from .result import Result

log = logging.getLogger(__name__)


class BacktestFailed(RunFailure):
    """The run failed; `code` and `message` say why, and `run_id` is its row."""

    def __init__(self, code: str, message: str, run_id: str) -> None:
        super().__init__(code, message)
        self.run_id = run_id

    def __str__(self) -> str:
        return f"{self.code}: {self.message} (run {self.run_id})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.code, self.message, self.run_id)


class Backtest:
    """A rule on an instrument, with its trading terms; `run` computes it.

    `ticker` is an instrument that was imported (`stockbt data list`), `rule` a name of `stockbt rules`,
    `params` the rule's parameters by name; missing ones take the rule's default. Every other field of a
    request is a keyword: `start_date` and `end_date` (YYYY-MM-DD or dates, both included; default: the
    data's), `initial_capital` (money, 100000), `fee_rate` (a fraction of traded value on each side,
    0.001), `slippage_bps` (basis points of the price on each side, 0), `size_type` ("percent" or
    "value"), `position_size` (percent of cash, 100, or money per trade), `direction` ("longonly" or
    "longshort"), `timeframe` ("1d", "1h" or "5m"), `execution` ("close" or "next_open"), `rule_id` (a
    label of your own), and `reuse` (True answers from an identical run that succeeded before).
    """

    def __init__(
        self, ticker: str, *, rule: str, params: Mapping[str, float] | None = None, **fields: Any
    ) -> None:
        """Note the request; nothing is opened and nothing is checked before `run`."""
        self._request: dict[str, Any] = {"ticker": ticker, "rule_type": rule}
        if params is not None:
            self._request["params"] = dict(params) if isinstance(params, Mapping) else params
        self._request.update(fields)

    def __repr__(self) -> str:
        return f"Backtest({', '.join(f'{name}={value!r}' for name, value in self._request.items())})"

    def run(self) -> Result:
        """Compute the backtest here and return its result; its run is stored like every other.

        The database is the one of DATABASE_URL or DB_HOST and so on, else the embedded one under
        STOCKBT_HOME. Raises InvalidInput with every problem of the request, BacktestFailed for a run
        without a result, BadConfiguration and StorageUnavailable. Ctrl-C cancels the run.
        """
        from stockbt_cli.bootstrap import machine
        from stockbt_cli.local import LocalBackend

        with machine(os.environ) as opened:
            backend = LocalBackend(opened, actor="python")
            run_id = backend.submit(_as_json(self._request))
            try:
                backend.follow(run_id, log.info)
            except KeyboardInterrupt:
                try:
                    backend.cancel(run_id)
                except (RunAlreadyEnded, StorageUnavailable) as error:
                    log.warning("the interrupted run was not cancelled: %s", error)
                raise
            document = backend.run(run_id, series=False)
            if document["status"] != "SUCCEEDED":
                raise BacktestFailed(document["error_code"], document["error_message"], run_id)
            return Result(document, opened.bench.runs.result(run_id))


def _as_json(request: Mapping[str, Any]) -> str:
    """Return the request as JSON text; what JSON does not have is written so that it is refused."""
    named = {str(name): value for name, value in request.items()}
    try:
        return json.dumps(named, default=_plain)
    except (TypeError, ValueError, RecursionError):
        readable = {name: value if _is_json(value) else repr(value) for name, value in named.items()}
        return json.dumps(readable, default=_plain)


def _is_json(value: object) -> bool:
    try:
        json.dumps(value, default=_plain)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _plain(value: Any) -> object:
    """Return what a date or a numpy scalar stands for, and other things as text that no field takes."""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    item = getattr(value, "item", None)
    if callable(item) and getattr(value, "ndim", None) == 0:
        plain: object = item()
        return plain
    return repr(value)
