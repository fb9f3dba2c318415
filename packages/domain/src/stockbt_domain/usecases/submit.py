"""Submit a backtest: validate, pin the input, store the row, and only then start the job."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace

from ..datasets import TIMEFRAMES, Dataset
from ..errors import DatasetNotFound, Problem
from ..fields import shown
from ..idempotency import IdempotencyKey
from ..messages import Message
from ..ports.dataset_repository import DatasetRepository
from ..problems import bounded
from ..request import Reading
from ..run import LAUNCH_GRACE, Place, Run
from .identity import key_of
from .workbench import Workbench


@dataclass(frozen=True, slots=True)
class Submission:
    """What became of a request: its run, and the problems that made it fail, if any."""

    run: Run
    problems: tuple[Problem, ...] = ()


def submit(
    reading: Reading,
    bench: Workbench,
    *,
    idempotency: IdempotencyKey | None = None,
    trace_context: str | None = None,
    actor: str = "web",
) -> Submission:
    """Store the request as a run and launch it; an invalid one is stored as FAILED, with no job.

    `trace_context` goes with the run to its worker. The row is committed PENDING, with its slot, before the
    launcher is called, so that a crash in between is mended by the reconciler. Raises IdempotencyConflict
    and StorageUnavailable.
    """
    dispatch = bench.dispatch
    dataset, data_problems = find_data(reading, bench.datasets)
    problems = bounded((*reading.problems, *data_problems, *_engine_problems(reading, bench.engines)))
    if problems:
        run = _rejected(reading, problems, bench, idempotency=idempotency, actor=actor)
        return Submission(run, problems)
    assert dataset is not None, "no problem means that the data was found"
    request, pin = reading.pinned(dataset)
    run = replace(
        _new(reading, bench),
        request=request,
        pin=pin,
        run_key=key_of(request, pin, bench.build.engine_digest(request.engine)),
        trace_context=trace_context,
    ).queued()
    stored = dispatch.add(run, actor=actor, idempotency=idempotency)
    if stored.run_id != run.run_id:
        return Submission(stored)
    return Submission(dispatch.start(stored, actor=actor))


def _engine_problems(reading: Reading, engines: Collection[str]) -> tuple[Problem, ...]:
    name = reading.values.get("engine")
    if name is None or name in engines:
        return ()
    allowed = sorted(engines)
    return (Problem.of("engine", Message("NOT_ALLOWED.names", names=", ".join(allowed)), allowed),)


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
        message = Message("NO_DATA_IN_RANGE.after", ticker=ticker, day=span["maximum"])
        problems.append(Problem.of("start_date", message, span))
    if end is not None and end < dataset.first:
        message = Message("NO_DATA_IN_RANGE.before", ticker=ticker, day=span["minimum"])
        problems.append(Problem.of("end_date", message, span))
    return dataset, tuple(problems)


def _no_data(ticker: str, timeframe: str | None, datasets: DatasetRepository) -> tuple[Problem, ...]:
    """Return why there are no bars of this ticker; a timeframe that is None has its problem already."""
    frames = {version.timeframe for version in datasets.versions(ticker)}
    if not frames:
        known = sorted({dataset.ticker for dataset in datasets.all()})
        return (Problem.of("ticker", Message("UNKNOWN_TICKER", ticker=shown(ticker)), known),)
    if timeframe is None:
        return ()
    allowed = [frame for frame in TIMEFRAMES if frame in frames]
    message = Message("NOT_ALLOWED.timeframe", ticker=ticker, timeframe=timeframe)
    return (Problem.of("timeframe", message, allowed),)


def _new(reading: Reading, bench: Workbench) -> Run:
    """Return the PENDING run of a text, without what it asks for."""
    now = bench.dispatch.clock.now()
    return Run(
        run_id=bench.ids.new_id(),
        created_at=now,
        launcher=bench.dispatch.launcher.name,
        request_text=reading.text,
        place=Place(next_launch_at=now + LAUNCH_GRACE),
    )


def rejected_reason(problems: tuple[Problem, ...]) -> tuple[str, str]:
    """Return the error_code and error_message of a run whose request has `problems`."""
    codes = {problem.code for problem in problems}
    code = "NO_DATA_IN_RANGE" if codes == {"NO_DATA_IN_RANGE"} else "INVALID_PARAMS"
    return code, "; ".join(f"{problem.field} {problem.message}" for problem in problems)


def _rejected(
    reading: Reading,
    problems: tuple[Problem, ...],
    bench: Workbench,
    *,
    idempotency: IdempotencyKey | None,
    actor: str,
) -> Run:
    code, message = rejected_reason(problems)
    dispatch = bench.dispatch
    run = replace(_new(reading, bench), request=reading.rejected())
    stored = dispatch.add(run, actor=actor, idempotency=idempotency)
    if stored.run_id != run.run_id:
        return stored
    return dispatch.fail(stored, kind="user_error", code=code, message=message, actor=actor)
