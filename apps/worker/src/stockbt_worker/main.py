"""`stockbt-worker`: execute the one run that RUN_ID names, and go."""

import gc
import logging
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

from stockbt_domain.errors import (
    BadConfiguration,
    RunNotFound,
    StockbtError,
    StorageUnavailable,
    Superseded,
)
from stockbt_domain.run import Run
from stockbt_observability.logs import configure_logging
from stockbt_observability.tracing import configure_tracing, span

from .exit_codes import Exit
from .settings import Settings

log = logging.getLogger("stockbt_worker")


class Stopped(BaseException):
    """SIGTERM came: a drain, a preemption or a cancel."""


def main() -> None:
    """Run the worker and exit with its code."""
    _start_fast()
    configure_logging("worker")
    configure_tracing("worker", os.environ)
    sys.exit(run(os.environ))


def _start_fast() -> None:
    """Leave out what a process of one second never needs; most of that second is imports.

    Nothing a run makes is a cycle of any size, so nobody looks for garbage among what was just imported; and
    no result may depend on BLAS, so it need not start threads.
    """
    gc.disable()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def run(env: Mapping[str, str]) -> Exit:
    """Execute the run that `env` names and return how it ended; the row says why."""
    try:
        settings = Settings.from_env(env)
    except BadConfiguration as error:
        log.error(str(error))
        return Exit.BAD_CONFIGURATION
    known = {"run_id": settings.run_id}
    signal.signal(signal.SIGTERM, _stop)
    try:
        return _execute(settings)
    except BadConfiguration as error:
        log.error(str(error), extra=known)
        return Exit.BAD_CONFIGURATION
    except (Superseded, RunNotFound) as error:
        log.warning("nothing to do: %s", error, extra=known)
        return Exit.SUPERSEDED
    except StorageUnavailable as error:
        log.error("the database stayed away: %s", error, extra=known)
        return Exit.TRY_AGAIN
    except Stopped:
        log.warning("stopped; the run is left to the next attempt", extra=known)
        return Exit.TRY_AGAIN
    except StockbtError:
        log.exception("the worker failed", extra=known)
        return Exit.SYSTEM_ERROR


def _stop(signum: int, frame: FrameType | None) -> None:
    raise Stopped


def _execute(settings: Settings) -> Exit:
    from stockbt_domain.usecases.execute import execute
    from stockbt_runtime.heartbeat import heartbeat

    from .bootstrap import open_workbench

    bench, execution = open_workbench(settings), settings.execution
    held: list[int] = []

    @contextmanager
    def keep_lease(run: Run) -> Iterator[None]:
        held.append(run.attempt)
        beating = heartbeat(
            run, bench.runs, lease_seconds=execution.lease_seconds, every_seconds=execution.heartbeat_seconds
        )
        with (
            span("backtest", parent=run.trace_context, run_id=run.run_id, attempt=run.attempt),
            beating,
        ):
            yield

    try:
        ended = execute(
            settings.run_id,
            bench,
            actor="worker",
            lease_seconds=execution.lease_seconds,
            keep_lease=keep_lease,
            wait=time.sleep,
        )
    except Stopped:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for attempt in held:
            bench.runs.renew_lease(settings.run_id, attempt, 0)  # so that the next attempt need not wait
        raise
    if ended.end.error_kind is None:
        return Exit.DONE
    return Exit.USER_ERROR if ended.end.error_kind == "user_error" else Exit.SYSTEM_ERROR
