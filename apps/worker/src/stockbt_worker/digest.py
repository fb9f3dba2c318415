"""The engine digest: what decides the numbers, and nothing else."""

import hashlib
import platform
from functools import cache
from importlib import resources
from importlib.metadata import version

SOURCES = (
    "stockbt_engine_legacy",
    "stockbt_reporting.metrics",
    "stockbt_market_data.csv_reader",
    "stockbt_market_data.file_format",
    "stockbt_market_data.quick_parse",
)
"""Packages and modules whose source decides a result: rules and fills, metrics, the reading of prices."""


@cache
def engine_digest() -> str:
    """Return the SHA-256 over the source of engine, metrics and price reader, and over the versions
    of what computes: Python and numpy."""
    digest = hashlib.sha256()
    for name in SOURCES:
        for path, content in _files(name):
            digest.update(f"{path} {len(content)}\n".encode())
            digest.update(content)
    digest.update(f"python {platform.python_version()} numpy {version('numpy')}\n".encode())
    return digest.hexdigest()


def _files(name: str) -> list[tuple[str, bytes]]:
    package, _, module = name.partition(".")
    return sorted(
        (f"{package}/{entry.name}", entry.read_bytes().replace(b"\r\n", b"\n"))
        for entry in resources.files(package).iterdir()
        if entry.name == f"{module}.py" or (not module and entry.name.endswith(".py"))
    )
