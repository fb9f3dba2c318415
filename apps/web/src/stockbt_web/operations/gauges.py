"""What is so now: open runs, connections, and this build."""

from collections.abc import Callable, Iterator, Mapping

from stockbt_domain.errors import StorageUnavailable
from stockbt_domain.ports import Clock, RunRepository
from stockbt_domain.run import OPEN

from ..services import Gauge

Connections = Callable[[], Mapping[str, int]]
"""Returns how many connections of this process's pool are in each state; none without a pool."""


def gauges(
    runs: RunRepository, clock: Clock, connections: Connections, build: Mapping[str, str]
) -> Iterator[Gauge]:
    """Yield every gauge; those of the database are left out while it cannot be asked."""
    yield Gauge("stockbt_build_info", "The build that answers; always 1.", 1, build)
    for state, count in connections().items():
        text = "Connections of this process's pool."
        yield Gauge("database_pool_connections", text, count, {"state": state})
    try:
        backlog = {part.status: part for part in runs.backlog()}
        now = clock.now()
    except StorageUnavailable:
        yield Gauge("database_up", "1 while the database answers.", 0)
        return
    yield Gauge("database_up", "1 while the database answers.", 1)
    for status in OPEN:
        part, labels = backlog.get(status), {"status": status.value}
        age = 0.0 if part is None else max(0.0, (now - part.oldest).total_seconds())
        yield Gauge("runs_open", "Runs that have not ended.", 0 if part is None else part.runs, labels)
        yield Gauge("runs_open_oldest_seconds", "Age of the oldest run that has not ended.", age, labels)
