"""Submit a backtest: validate, pin the input, store the row, and only then start the job."""

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from ..datasets import TIMEFRAMES, Dataset
from ..errors import (
    DatasetNotFound,
    LaunchDeferred,
    LauncherUnavailable,
    LaunchRejected,
    Problem,
    RunAlreadyEnded,
    RunNotFound,
    Superseded,
)
from ..fields import shown
from ..ports.clock import Clock
from ..ports.dataset_repository import DatasetRepository
from ..ports.id_generator import IdGenerator
from ..ports.job_launcher import JobLauncher
from ..ports.run_repository import IdempotencyKey, RunRepository
from ..request import BacktestRequest, Reading
from ..run import LAUNCH_GRACE, Run, RunEvent, Status
from .identity import key_of
from .settle import settle


@dataclass(frozen=True, slots=True)
class Submission:
    """What became of a request: its run, and the problems that made it fail, if any."""

    run: Run
    problems: tuple[Problem, ...] = ()


def submit(
    reading: Reading,
    *,
    runs: RunRepository,
    datasets: DatasetRepository,
    launcher: JobLauncher,
    clock: Clock,
    ids: IdGenerator,
    idempotency: IdempotencyKey | None = None,
    engines: Collection[str] = ("legacy",),
    engine_digest: Callable[[str], str] | None = None,
    max_active: int | None = None,
    trace_context: str | None = None,
    actor: str = "web",
) -> Submission:
    """Store the request as a run and launch it; an invalid one is stored as FAILED, with no job.

    `engines` names the installed ones, and `engine_digest` gives their digests: without it no run is
    known to be identical before it is claimed, and `reuse` finds none. `max_active` is how many runs
    may have jobs at once; the others wait in the queue. `trace_context` goes with the run to its worker.

    The row is committed PENDING, with its slot, before the launcher is called, so that a crash in
    between is mended by the reconciler. Raises IdempotencyConflict and StorageUnavailable.
    """
    dataset, data_problems = find_data(reading, datasets)
    problems = (*reading.problems, *data_problems, *_engine_problems(reading, engines))
    if problems:
        run = _rejected(
            reading,
            problems,
            runs=runs,
            clock=clock,
            run_id=ids.new_id(),
            launcher=launcher.name,
            idempotency=idempotency,
            actor=actor,
        )
        return Submission(run, problems)
    assert dataset is not None, "no problem means that the data was found"
    run = pending(
        reading.request(),
        dataset,
        text=reading.text,
        run_id=ids.new_id(),
        clock=clock,
        launcher=launcher.name,
    )
    run = replace(run, trace_context=trace_context)
    if engine_digest is not None:
        run = replace(run, run_key=key_of(run, engine_digest(run.engine)))
    stored = add(run, runs=runs, actor=actor, idempotency=idempotency, max_active=max_active)
    if stored.run_id != run.run_id:
        return Submission(stored)
    return Submission(start(stored, runs=runs, launcher=launcher, clock=clock, actor=actor))


def _engine_problems(reading: Reading, engines: Collection[str]) -> tuple[Problem, ...]:
    name = reading.values.get("engine")
    if name is None or name in engines:
        return ()
    allowed = sorted(engines)
    return (Problem("engine", "NOT_ALLOWED", f"must be one of {', '.join(allowed)}", allowed),)


def start(run: Run, *, runs: RunRepository, launcher: JobLauncher, clock: Clock, actor: str) -> Run:
    """Launch a stored new run if it has a slot, and return it as it is then."""
    if run.holds_slot:
        return launch(run, runs=runs, launcher=launcher, clock=clock, actor=actor)
    if run.waits_for is not None:
        try:
            first = runs.get(run.waits_for)
        except RunNotFound:
            return run
        if first.status.terminal:  # it ended while this one was being stored, and did not see it
            settle(first.run_id, runs=runs, clock=clock, actor=actor)
            return runs.get(run.run_id)
    return run


def find_data(reading: Reading, datasets: DatasetRepository) -> tuple[Dataset | None, tuple[Problem, ...]]:
    """Return the dataset that the request means, or every problem with it."""
    ticker, timeframe = reading.values.get("ticker"), reading.values.get("timeframe")
    if ticker is None:
        return None, ()
    dataset = None
    if timeframe is not None:
        with suppress(DatasetNotFound):
            dataset = datasets.newest(ticker, timeframe)
    if dataset is None:
        return None, _no_data(ticker, timeframe, datasets)
    start, end = reading.values.get("start_date"), reading.values.get("end_date")
    span = {"minimum": dataset.first.isoformat(), "maximum": dataset.last.isoformat()}
    problems = []
    if start is not None and start > dataset.last:
        sentence = f"is after the last bar of {ticker}, {dataset.last}"
        problems.append(Problem("start_date", "NO_DATA_IN_RANGE", sentence, span))
    if end is not None and end < dataset.first:
        sentence = f"is before the first bar of {ticker}, {dataset.first}"
        problems.append(Problem("end_date", "NO_DATA_IN_RANGE", sentence, span))
    return dataset, tuple(problems)


def _no_data(ticker: str, timeframe: str | None, datasets: DatasetRepository) -> tuple[Problem, ...]:
    """Return why there are no bars of this ticker; a timeframe that is None has its problem already."""
    frames = {version.timeframe for version in datasets.versions(ticker)}
    if not frames:
        known = sorted({dataset.ticker for dataset in datasets.all()})
        sentence = f"there is no data for {shown(ticker)}; import it with `stockbt data import`"
        return (Problem("ticker", "UNKNOWN_TICKER", sentence, known),)
    if timeframe is None:
        return ()
    allowed = [frame for frame in TIMEFRAMES if frame in frames]
    return (Problem("timeframe", "NOT_ALLOWED", f"{ticker} has no {timeframe} bars", allowed),)


def pending(
    request: BacktestRequest, dataset: Dataset, *, text: str, run_id: str, clock: Clock, launcher: str
) -> Run:
    """Return the PENDING run of a valid request, pinned to the data that its ticker names now."""
    now = clock.now()
    return Run(
        run_id=run_id,
        created_at=now,
        launcher=launcher,
        request_text=text,
        ticker=request.ticker,
        rule_type=request.rule_type,
        rule_id=request.rule_id,
        params_text=request.params_text,
        start_date=request.start_date or dataset.first,
        end_date=request.end_date or dataset.last,
        initial_capital=request.initial_capital,
        fee_rate=request.fee_rate,
        slippage_bps=request.slippage_bps,
        size_type=request.size_type,
        position_size=request.position_size,
        direction=request.direction,
        timeframe=request.timeframe,
        execution=request.execution,
        engine=request.engine,
        data_hash=dataset.data_hash,
        adjusted=dataset.adjusted,
        priority=request.priority,
        reuse=request.reuse,
        next_launch_at=now + LAUNCH_GRACE,
    ).queued()


def add(
    run: Run,
    *,
    runs: RunRepository,
    actor: str,
    idempotency: IdempotencyKey | None = None,
    max_active: int | None = None,
) -> Run:
    """Store a new run with its first event; return the stored one, the first of its key."""
    event = RunEvent(None, Status.PENDING, run.created_at, 0, actor, "submitted")
    return runs.add(run, event, idempotency=idempotency, max_active=max_active)


def launch(run: Run, *, runs: RunRepository, launcher: JobLauncher, clock: Clock, actor: str = "web") -> Run:
    """Start the job of a stored run that holds a slot for it, and return the run as it is then.

    Refused for good: FAILED. No room: back in the queue, without the slot. An unknown outcome: it keeps the
    slot, and the reconciler tries again.
    """
    try:
        launcher.launch(run.run_id)
    except LaunchRejected as error:
        ended = fail(
            run,
            kind="system_error",
            code="LAUNCH_REJECTED",
            message=str(error),
            runs=runs,
            clock=clock,
            actor=actor,
        )
        runs.release([run.run_id])
        return ended
    except LaunchDeferred:
        after = run.sent_back()
    except LauncherUnavailable as error:
        after = replace(run, next_launch_at=clock.now() + backoff(run.launches - 1, error.retry_after))
    else:
        return run
    try:
        runs.save(run, after)
    except Superseded:
        return runs.get(run.run_id)  # the worker was faster: the row is already ahead of this note
    return after


def backoff(launches: int, asked: float = 0.0) -> timedelta:
    """Return the wait before the next launch: 2 s, doubled with each, or what the launcher asked for
    where that is longer; at most 60 s."""
    return timedelta(seconds=min(60.0, max(asked, 2.0 * 2 ** min(launches, 10))))


def fail(
    run: Run, *, kind: str, code: str, message: str, runs: RunRepository, clock: Clock, actor: str
) -> Run:
    """End an open run with its reason and return it. Raises RunAlreadyEnded, Superseded."""
    if run.status.terminal:
        raise RunAlreadyEnded(f"run {run.run_id} had ended: {run.status}")
    now = clock.now()
    after = run.failed(at=now, kind=kind, code=code, message=message)
    event = RunEvent(run.status, Status.FAILED, now, run.attempt, actor, f"{code}: {message}")
    runs.save(run, after, event=event)
    settle(run.run_id, runs=runs, clock=clock, actor=actor)
    return after


def rejected_reason(problems: tuple[Problem, ...]) -> tuple[str, str]:
    """Return the error_code and error_message of a run whose request has `problems`."""
    codes = {problem.code for problem in problems}
    code = "NO_DATA_IN_RANGE" if codes == {"NO_DATA_IN_RANGE"} else "INVALID_PARAMS"
    return code, "; ".join(f"{problem.field} {problem.message}" for problem in problems)


def _rejected(
    reading: Reading,
    problems: tuple[Problem, ...],
    *,
    runs: RunRepository,
    clock: Clock,
    run_id: str,
    launcher: str,
    idempotency: IdempotencyKey | None,
    actor: str,
) -> Run:
    code, message = rejected_reason(problems)
    readable = {name: value for name, value in reading.values.items() if name != "params"}
    now = clock.now()
    run = Run(
        run_id=run_id,
        created_at=now,
        launcher=launcher,
        request_text=reading.text,
        params_text=reading.params_text,
        next_launch_at=now + LAUNCH_GRACE,
        **readable,
    )
    stored = add(run, runs=runs, actor=actor, idempotency=idempotency)
    if stored.run_id != run.run_id:
        return stored
    return fail(stored, kind="user_error", code=code, message=message, runs=runs, clock=clock, actor=actor)
