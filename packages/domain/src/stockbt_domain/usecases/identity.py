"""What a run computes, in one key that identical runs share."""

from ..pin import Pin
from ..reproducibility import run_key
from ..request import BacktestRequest


def key_of(request: BacktestRequest, pin: Pin, engine_digest: str) -> str:
    """Return the run_key of a request on the bars that it was pinned to, for an engine."""
    return run_key(
        request.terms,
        data_hash=pin.data_hash,
        adjusted=pin.adjusted,
        timeframe=pin.timeframe,
        start_date=pin.start_date,
        end_date=pin.end_date,
        engine=request.engine,
        engine_digest=engine_digest,
    )
