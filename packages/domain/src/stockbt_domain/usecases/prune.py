"""Delete what nobody needs any more."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from ..idempotency import IDEMPOTENCY_LIFE
from ..ports.clock import Clock
from ..ports.run_repository import RunRepository

log = logging.getLogger(__name__)

BATCH = 100
"""Runs or keys in one transaction: short enough that nobody waits for its locks."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many runs and expired idempotency keys were deleted, or would be."""

    runs: int
    idempotency_keys: int


def prune(
    *, runs: RunRepository, clock: Clock, older_than: timedelta, dry_run: bool = False, batch: int = BATCH
) -> Pruned:
    """Delete every run that ended longer ago than `older_than`, with its result, and every expired
    idempotency key; a dry run only counts. Raises StorageUnavailable; what was deleted until then stays
    deleted, and the next call goes on.

    Open runs stay, and so do runs that another one names in `reproduces`. Events are never deleted.
    """
    now = clock.now()
    keys, more = 0, True
    while more:
        done = runs.prune_keys(now - IDEMPOTENCY_LIFE, limit=batch, dry_run=dry_run)
        keys += done
        more = done == batch and not dry_run
    count, cursor = 0, ""
    while True:
        part = runs.prune(now - older_than, limit=batch, cursor=cursor, dry_run=dry_run)
        count += part.runs
        if part.next is None:
            break
        cursor = part.next
    if not dry_run:
        log.info("old runs deleted", extra={"runs": count, "idempotency_keys": keys})
    return Pruned(count, keys)
