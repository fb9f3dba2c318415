"""The real worker, which stops at a step of its own: `python -m tests.chaos.interrupted_worker STEP ACT`.

Only the ports that it works with are wrapped; steps and acts are those of `STEPS` and `ACTS`.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import stockbt_worker.bootstrap
from sqlalchemy import event
from stockbt_adapters_mysql.database import Database
from stockbt_domain.usecases.workbench import Workbench
from stockbt_runtime.settings import ExecutionSettings
from stockbt_worker.main import main

STEPS = (
    "before claim",
    "after claim",
    "before data",
    "after engine",
    "before commit",
    "after commit",
)


def _wait_for(path: str) -> None:
    while not Path(path).exists():
        time.sleep(0.02)


def _act(what: str) -> None:
    """Kill or stop this process, or tell through FILE.here that it waits for FILE."""
    if what in ("SIGKILL", "SIGSTOP"):
        os.kill(os.getpid(), signal.Signals[what])
        return
    Path(f"{what}.here").touch()
    _wait_for(what)


class _Watched:
    """A port that calls `before` and `after` around one of its methods."""

    def __init__(
        self, port: Any, method: str, *, before: Callable[[Any], None], after: Callable[[Any], None]
    ):
        self._port = port
        self._method = method
        self._before = before
        self._after = after

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._port, name)
        if name != self._method:
            return real

        def watched(*args: Any, **kwargs: Any) -> Any:
            self._before((args, kwargs))
            answer = real(*args, **kwargs)
            self._after((args, kwargs))
            return answer

        return watched


def _nothing(_call: Any) -> None:
    return


def _interrupt(bench: Workbench, database: Database, step: str, act: Callable[[], None]) -> Workbench:
    def at_save(status: str) -> Callable[[Any], None]:
        def look(call: Any) -> None:
            if call[0][1].status == status:
                act()

        return look

    if step == "before claim":
        return _with_runs(bench, _Watched(bench.runs, "save", before=at_save("RUNNING"), after=_nothing))
    if step == "after claim":
        return _with_runs(bench, _Watched(bench.runs, "save", before=_nothing, after=at_save("RUNNING")))
    if step == "before data":
        watched = _Watched(bench.datasets, "content", before=lambda _: act(), after=_nothing)
        return replace(bench, datasets=watched)
    if step == "after commit":
        return _with_runs(bench, _Watched(bench.runs, "save", before=_nothing, after=at_save("SUCCEEDED")))
    if step == "before commit":
        stores: list[bool] = []

        def look(_c: Any, _k: Any, statement: str, *_rest: Any) -> None:
            if statement.startswith("INSERT INTO run_results"):
                stores.append(True)

        event.listen(database.engine, "after_cursor_execute", look)
        event.listen(database.engine, "commit", lambda _c: act() if stores else None)
        return bench

    def compute_metrics(*args: Any, **kwargs: Any) -> Any:
        act()
        return bench.compute_metrics(*args, **kwargs)

    return replace(bench, compute_metrics=compute_metrics)


def _with_runs(bench: Workbench, runs: Any) -> Workbench:
    return replace(bench, dispatch=replace(bench.dispatch, runs=runs))


if __name__ == "__main__":
    _step, _what = sys.argv[1:]
    assert _step in STEPS, _step
    _real = stockbt_worker.bootstrap.workbench
    done: list[bool] = []

    def once() -> None:
        """Act at the first time only."""
        if not done:
            done.append(True)
            _act(_what)

    def interrupted(database: Database, settings: ExecutionSettings) -> Workbench:
        """Return the real workbench with the step in it."""
        return _interrupt(_real(database, settings), database, _step, once)

    stockbt_worker.bootstrap.workbench = interrupted
    main()
