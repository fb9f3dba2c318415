"""The hash chain over a run's events."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from .reproducibility import canonical_json, sha256_text
from .run import RunEvent, Status


def chained(event: RunEvent, *, run_id: str, previous: str, result_hash: str | None = None) -> RunEvent:
    """Return `event` with the hash over itself, its run, the result it stores and the event before."""
    content = canonical_json([run_id, previous, event.as_json(), result_hash])
    return replace(event, hash=sha256_text(content))


def chain_faults(
    events: Sequence[RunEvent], *, run_id: str, result_hashes: Collection[str | None]
) -> list[str]:
    """Return a sentence on every event that is missing or not as it was written, none for a chain that holds.

    The event of success was written over one of `result_hashes`.
    """
    if not events:
        return ["every event is missing"]
    faults = []
    state: Status | None = None
    previous = ""
    for number, event in enumerate(events, start=1):
        name = f"event {number} ({event.from_status or 'none'} to {event.to_status}, attempt {event.attempt})"
        if event.from_status != state:
            after = state or "nothing"
            faults.append(f"{name} follows {after}: an event before it is missing, or it was edited")
        elif not any(written(event, run_id, previous, known) for known in result_hashes):
            before = "" if number == 1 else ", or the one before it was edited or is missing"
            faults.append(f"{name} is not as it was written: it was edited{before}")
        state, previous = event.to_status, event.hash
    return faults


def written(event: RunEvent, run_id: str, previous: str, result_hash: str | None) -> bool:
    """Return whether an event is as it was written after the one whose hash is `previous`."""
    stored = result_hash if event.to_status is Status.SUCCEEDED else None
    return chained(event, run_id=run_id, previous=previous, result_hash=stored).hash == event.hash
