"""What the routes work with: the ports of one app, and what web has beside them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from flask import current_app
from stockbt_domain.usecases.workbench import Workbench

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
    """The workbench, and the `cache` of ended runs.

    `ready` tells why the database cannot serve now, None when it is reachable and at its revision; `wake`
    asks for a pass of the reconciler now. `gauges` says what is so now, for the metrics.
    """

    bench: Workbench
    ready: Callable[[], str | None]
    max_upload_bytes: int
    wake: Callable[[], None] = lambda: None
    gauges: Callable[[], Sequence[Gauge]] = lambda: ()
    cache: ResultCache = field(default_factory=ResultCache)


def services() -> Services:
    """Return the services of the app that handles this request."""
    return cast(Services, current_app.extensions["stockbt"])


def workbench() -> Workbench:
    """Return the ports of the app that handles this request."""
    return services().bench
