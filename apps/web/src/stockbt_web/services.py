"""What the routes work with: the ports of one app, without their concrete classes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from flask import current_app
from stockbt_domain.ports import (
    BarReader,
    Clock,
    DatasetRepository,
    IdGenerator,
    JobLauncher,
    PresetRepository,
    RunRepository,
)

from .cache import ResultCache


@dataclass(frozen=True, slots=True)
class Gauge:
    """One figure as it is now."""

    name: str
    text: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Services:
    """The ports, the installed `engines`, and the `cache` of ended runs.

    `ready` tells why the database cannot serve now, None when it is reachable and at its revision;
    `engine_digest` tells which runs are identical, `max_active` how many may have jobs at once, and
    `wake` asks for a pass of the reconciler now. `gauges` says what is so now, for the metrics.
    """

    runs: RunRepository
    datasets: DatasetRepository
    presets: PresetRepository
    launcher: JobLauncher
    clock: Clock
    ids: IdGenerator
    read_bars: BarReader
    ready: Callable[[], str | None]
    max_upload_bytes: int
    engines: tuple[str, ...] = ("legacy",)
    engine_digest: Callable[[str], str] | None = None
    max_active: int | None = None
    wake: Callable[[], None] = lambda: None
    gauges: Callable[[], Sequence[Gauge]] = lambda: ()
    cache: ResultCache = field(default_factory=ResultCache)


def services() -> Services:
    """Return the services of the app that handles this request."""
    return cast(Services, current_app.extensions["stockbt"])
