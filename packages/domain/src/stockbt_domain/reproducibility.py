"""What makes a result repeatable: canonical bytes, the run key and the result hash."""

import hashlib
import json
import sys
from collections.abc import Mapping
from datetime import date
from typing import Any

from .terms import Terms

SCHEMA_VERSION = 1
"""Grows when the meaning of a stored result changes."""


def canonical_json(value: Any) -> str:
    """Return `value` as JSON with sorted keys, no white space and shortest round-trip numbers.

    Raises ValueError for NaN and infinity, which JSON does not have.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha256_text(text: str) -> str:
    """Return the SHA-256 of `text` in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def run_key(
    terms: Terms,
    *,
    data_hash: str,
    adjusted: bool,
    timeframe: str,
    start_date: date,
    end_date: date,
    engine: str,
    engine_digest: str,
) -> str:
    """Return the SHA-256 that two runs share exactly when they must give the same result.

    The terms carry every parameter with its default filled in and every number in one type, so that
    `100000` and `100000.0`, a default and its absence, or an alias and its rule are the same.
    """
    return sha256_text(
        canonical_json(
            {
                "data_hash": data_hash,
                "adjusted": adjusted,
                "rule_type": terms.rule_type,
                "params": dict(terms.params),
                "start_date": start_date.isoformat(),
                "end_date": end_date.isoformat(),
                "initial_capital": terms.initial_capital,
                "fee_rate": terms.fee_rate,
                "slippage_bps": terms.slippage_bps,
                "size_type": terms.size_type,
                "position_size": terms.position_size,
                "direction": terms.direction,
                "timeframe": timeframe,
                "execution": terms.execution,
                "engine": engine,
                "engine_digest": engine_digest,
                "schema_version": SCHEMA_VERSION,
            }
        )
    )


def little_endian(column: memoryview) -> bytes:
    """Return the column's bytes in little-endian order, whatever the machine's own."""
    if sys.byteorder == "little" or column.itemsize == 1:
        return column.tobytes()
    flat = column.cast("B")  # pragma: no cover - no big-endian machine in the test run
    size = column.itemsize  # pragma: no cover
    return b"".join(bytes(flat[i : i + size])[::-1] for i in range(0, len(flat), size))  # pragma: no cover


def result_hash(
    metrics: Mapping[str, float | int | None],
    equity_curve: Mapping[str, memoryview],
    trades: Mapping[str, memoryview],
) -> str:
    """Return the SHA-256 over metrics, equity curve and trades.

    The bytes are: the metrics as canonical JSON; then for each table its name, and for each of its
    columns in order name, format and length as one line of text, followed by the column's values as
    little-endian IEEE 754 doubles or two's complement integers.
    """
    digest = hashlib.sha256(canonical_json(dict(metrics)).encode())
    for table, columns in (("equity_curve", equity_curve), ("trades", trades)):
        digest.update(f"\n{table}\n".encode())
        for name, column in columns.items():
            digest.update(f"{name} {column.format} {len(column)}\n".encode())
            digest.update(little_endian(column))
    return digest.hexdigest()
