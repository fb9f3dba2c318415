"""Execute a run: claim it, compute it, and store everything in one transaction."""

import hashlib
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

from ..caveats import caveats
from ..comparison import first_difference
from ..errors import (
    DatasetCorrupted,
    DatasetNotFound,
    IllegalTransition,
    InvalidInput,
    NoResult,
    ResultCorrupted,
    RunFailure,
    RunNotFound,
    StorageUnavailable,
    Superseded,
    UserFailure,
)
from ..messages import Message
from ..pin import Pin
from ..ports.bar_reader import PriceFile
from ..ports.run_repository import RunRepository
from ..result import Result
from ..rules import RULES_BY_NAME
from ..run import Run, RunEvent, Status
from .identity import key_of
from .workbench import Workbench

log = logging.getLogger(__name__)


Wait = Callable[[float], None]
KeepLease = Callable[[Run], AbstractContextManager[object]]

PATIENCE = 60.0
"""Seconds that a worker waits for its database at the start. A cluster opens a new pod's way to it only
moments after the pod has begun."""


def execute(
    run_id: str,
    bench: Workbench,
    *,
    actor: str,
    lease_seconds: float,
    keep_lease: KeepLease,
    wait: Wait,
    deadline_seconds: float = 600.0,
) -> Run:
    """Execute one run to its end and return it, SUCCEEDED or FAILED.

    Raises RunNotFound, Superseded when the run has ended or is another's, and StorageUnavailable when
    the database stays away; the run is then left to the next attempt.
    """
    run = _claim_patiently(run_id, bench, actor=actor, lease_seconds=lease_seconds, wait=wait)
    with keep_lease(run):
        end: Result | RunFailure
        try:
            end = compute(run, bench)
        except RunFailure as failure:
            log.warning("run failed", extra={"run_id": run_id, "error_code": failure.code})
            end = failure
        return _settle(lambda: _store(run, end, bench, actor), run, bench, wait, deadline_seconds)


def _claim_patiently(run_id: str, bench: Workbench, *, actor: str, lease_seconds: float, wait: Wait) -> Run:
    """Claim the run, trying again while the database is away. Raises as `claim` does, and
    StorageUnavailable past PATIENCE."""
    waited, pause = 0.0, 0.5
    while True:
        try:
            return claim(run_id, bench, actor=actor, lease_seconds=lease_seconds, wait=wait)
        except StorageUnavailable:
            if waited >= PATIENCE:
                raise
            log.warning("the database is not there yet", extra={"run_id": run_id})
        wait(pause)
        waited += pause
        pause = min(pause * 2, 5.0)


def claim(run_id: str, bench: Workbench, *, actor: str, lease_seconds: float, wait: Wait) -> Run:
    """Take the run as its next attempt. While another worker's lease lives, wait for its end.

    Raises RunNotFound, and Superseded when the run has ended or another was faster.
    """
    run = bench.runs.get(run_id)
    while run.status is Status.RUNNING and _lease_lives(run_id, bench.runs):
        wait(1.0)
        run = bench.runs.get(run_id)
    by = bench.build.computing(run.request.engine)
    key = key_of(*run.work(), by.engine_digest) if run.pin is not None else None
    try:
        mine = run.claimed(at=bench.clock.now(), by=by, run_key=key)
    except IllegalTransition as error:
        raise Superseded(f"run {run_id} had ended: {run.status}") from error
    reason = Message("EVENT.claimed" if run.status is Status.PENDING else "EVENT.taken_over")
    event = RunEvent(run.status, Status.RUNNING, bench.clock.now(), mine.attempt, actor, reason)
    bench.runs.save(run, mine, event=event, lease_seconds=lease_seconds)
    log.info("run claimed", extra={"run_id": run_id, "attempt": mine.attempt, "ticker": run.request.ticker})
    return mine


def _lease_lives(run_id: str, runs: RunRepository) -> bool:
    return any(o.run.run_id == run_id and not o.lease_expired for o in runs.open_runs())


def compute(run: Run, bench: Workbench) -> Result:
    """Compute the result of a claimed run; nothing is stored. Raises RunFailure."""
    try:
        return _compute(run, bench)
    except (RunFailure, StorageUnavailable):
        raise
    except MemoryError as error:
        raise RunFailure.of(Message("OUT_OF_MEMORY")) from error
    except Exception as error:
        log.exception("the engine failed", extra={"run_id": run.run_id})
        raise RunFailure.of(Message("ENGINE_ERROR")) from error


def _compute(run: Run, bench: Workbench) -> Result:
    request, pin = run.work()
    terms = request.terms
    bars = load(pin, bench).bars.between(pin.start_date, pin.end_date)
    if not len(bars):
        start, end = pin.start_date.isoformat(), pin.end_date.isoformat()
        raise UserFailure.of(Message("NO_DATA_IN_RANGE", ticker=request.ticker, start=start, end=end))
    needed = RULES_BY_NAME[terms.rule_type].bars_needed(terms.params)
    if len(bars) < needed:
        raise UserFailure.of(Message("TOO_FEW_BARS", rule=terms.rule_type, needed=needed, bars=len(bars)))
    engine = bench.load_engine(request.engine)
    outcome = engine.run(bars, terms)
    metrics = bench.compute_metrics(bars, terms, outcome, timeframe=pin.timeframe)
    next_open = None
    if terms.execution == "close":
        honest = replace(terms, execution="next_open")
        final = engine.run(bars, honest).equity[-1]
        next_open = (final / terms.initial_capital - 1) * 100
    return Result(
        metrics=metrics,
        equity_curve={"time": bars.time, "equity": outcome.equity},
        trades=outcome.trades,
        orders=outcome.orders,
        series={"close": bars.close, "position": outcome.position, "cash": outcome.cash},
        warnings=caveats(terms, metrics, outcome, findings=bench.examine(bars), next_open_return=next_open),
    )


def load(pin: Pin, bench: Workbench) -> PriceFile:
    """Return the bars that a run was pinned to, hashed again. Raises RunFailure for other bytes."""
    lost = RunFailure.of(Message("DATA_HASH_MISMATCH"))
    try:
        pieces = list(bench.datasets.content(pin.data_hash))
    except (DatasetNotFound, DatasetCorrupted) as error:
        raise lost from error
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    if digest.hexdigest() != pin.data_hash:
        raise lost
    try:
        return bench.read_bars(pieces, timeframe=pin.timeframe, adjust=pin.adjusted)
    except InvalidInput as error:
        raise RunFailure.of(Message("ENGINE_ERROR.data", detail=str(error))) from error


def _store(run: Run, end: Result | RunFailure, bench: Workbench, actor: str) -> Run:
    if isinstance(end, RunFailure):
        return bench.dispatch.fail(run, kind=end.kind, code=end.code, message=end.message, actor=actor)
    verdict, difference = _verdict(run, end, bench.runs)
    now = bench.clock.now()
    after = run.succeeded(end, at=now, verdict=verdict, difference=difference)
    event = RunEvent(Status.RUNNING, Status.SUCCEEDED, now, run.attempt, actor, Message("EVENT.finished"))
    bench.runs.save(run, after, event=event, result=end)
    bench.dispatch.settle(run.run_id, actor=actor)
    log.info("run succeeded", extra={"run_id": run.run_id, "result_hash": end.hash})
    return after


def _verdict(run: Run, result: Result, runs: RunRepository) -> tuple[str | None, str | None]:
    if run.reproduces is None:
        return None, None
    try:
        before = runs.result(run.reproduces)
    except (RunNotFound, NoResult):
        return None, None
    except ResultCorrupted as error:
        return "different", str(error)
    difference = None if before.hash == result.hash else first_difference(before, result)
    return ("identical", None) if difference is None else ("different", difference)


def _settle(store: Callable[[], Run], run: Run, bench: Workbench, wait: Wait, deadline_seconds: float) -> Run:
    """Store an end, trying again while the database is away; a commit whose acknowledgement was lost
    is found on re-reading and counts once. Raises StorageUnavailable past the deadline, Superseded."""
    waited, pause = 0.0, 0.5
    while True:
        try:
            return store()
        except StorageUnavailable:
            if waited >= deadline_seconds:
                raise
            log.warning("the database is away; the result is kept", extra={"run_id": run.run_id})
        except Superseded:
            stored = bench.runs.get(run.run_id)
            if waited and stored.status.terminal and stored.attempt == run.attempt:
                return stored
            raise
        wait(pause)
        waited += pause
        pause = min(pause * 2, 10.0)
