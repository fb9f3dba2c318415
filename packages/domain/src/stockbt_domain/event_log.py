"""The hash chain over a run's events."""

from dataclasses import replace

from .reproducibility import canonical_json, sha256_text
from .run import RunEvent


def chained(event: RunEvent, *, run_id: str, previous: str, result_hash: str | None = None) -> RunEvent:
    """Return `event` with the hash over itself, its run, the result it stores and the event before."""
    content = canonical_json([run_id, previous, event.as_json(), result_hash])
    return replace(event, hash=sha256_text(content))


def chain_holds(events: tuple[RunEvent, ...], *, run_id: str, result_hash: str | None) -> bool:
    """Return whether `events` are all there, in order and as they were written."""
    previous = ""
    for event in events:
        stored = result_hash if event.to_status == "SUCCEEDED" else None
        if chained(event, run_id=run_id, previous=previous, result_hash=stored).hash != event.hash:
            return False
        previous = event.hash
    return bool(events) and events[0].from_status is None
