"""Engines as plug-ins: found through the entry-point group `stockbt.engines`, digested by their source."""

import hashlib
import platform
import re
from functools import cache
from importlib.metadata import EntryPoint, entry_points, version
from importlib.util import find_spec
from pathlib import Path
from typing import cast

from stockbt_domain.errors import RunFailure
from stockbt_domain.messages import Message
from stockbt_domain.ports import Engine

GROUP = "stockbt.engines"
SHARED = (
    "stockbt_reporting.metrics",
    "stockbt_market_data.csv_reader",
    "stockbt_market_data.file_format",
    "stockbt_market_data.quick_parse",
)
"""Modules that decide a result whatever the engine: the metrics, and the reading of prices."""


def engine_names() -> tuple[str, ...]:
    """Return the names of the installed engines."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


def load_engine(name: str) -> Engine:
    """Return the engine of that name. Raises RunFailure for one that is not installed here."""
    return cast(Engine, _point(name).load()())


@cache
def engine_digest(name: str) -> str:
    """Return the SHA-256 over the source of the engine, of the metrics and of the price reader, and
    over the versions of what computes: Python, numpy, and whatever else the engine requires."""
    point = _point(name)
    digest = hashlib.sha256()
    for module in (point.module.partition(".")[0], *SHARED):
        for path, content in _sources(module):
            digest.update(f"{path} {len(content)}\n".encode())
            digest.update(content)
    required = {_distribution(line) for line in (point.dist.requires or () if point.dist else ())}
    versions = [f"{needed} {version(needed)}" for needed in sorted({"numpy", *required})]
    digest.update("\n".join([f"python {platform.python_version()}", *versions]).encode())
    return digest.hexdigest()


def _point(name: str) -> EntryPoint:
    found = tuple(entry_points(group=GROUP, name=name))
    if not found:
        known = ", ".join(engine_names())
        raise RunFailure.of(Message("ENGINE_ERROR.unknown", name=repr(name), known=known))
    return found[0]


def _distribution(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0].lower()


def _sources(module: str) -> list[tuple[str, bytes]]:
    """Return (path, content) of a module, or of all of a package, the same on every system."""
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise RunFailure.of(Message("ENGINE_ERROR.source", module=module))
    origin = Path(spec.origin)
    files = sorted(origin.parent.rglob("*.py")) if spec.submodule_search_locations else [origin]
    top = origin.parent
    return [
        (f"{module}/{file.relative_to(top).as_posix()}", file.read_bytes().replace(b"\r\n", b"\n"))
        for file in files
    ]
