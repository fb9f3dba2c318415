"""What is so now: whether the database can serve, open runs, connections, and this build."""

from collections.abc import Iterator

from sqlalchemy.pool import QueuePool
from stockbt_adapters_mysql.database import Database
from stockbt_adapters_mysql.migrate import at_head
from stockbt_domain.errors import StorageUnavailable
from stockbt_domain.ports import Clock, RunRepository
from stockbt_domain.run import OPEN

from .metrics import Gauge


def gauges(runs: RunRepository, clock: Clock, database: Database, build: dict[str, str]) -> Iterator[Gauge]:
    """Yield every gauge; those of the database are left out while it cannot be asked."""
    yield Gauge("stockbt_build_info", "The build that answers; always 1.", 1, build)
    pool = database.engine.pool
    if isinstance(pool, QueuePool):
        text = "Connections of this process's pool."
        yield Gauge("database_pool_connections", text, pool.checkedout(), {"state": "in_use"})
        yield Gauge("database_pool_connections", text, pool.checkedin(), {"state": "idle"})
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


def readiness(database: Database) -> str | None:
    """Return why the database cannot serve now, None when it can."""
    return (
        None
        if at_head(database)
        else "The database is not at its schema's revision; run `stockbt db upgrade`."
    )
