"""Idempotency keys: the same submission sent twice is one run."""

from dataclasses import dataclass
from datetime import datetime, timedelta

IDEMPOTENCY_LIFE = timedelta(hours=24)
"""How long an idempotency key holds."""


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A caller's own name for one submission, with the hash of the body that it came with."""

    caller: str
    key: str
    body_hash: str
    at: datetime
