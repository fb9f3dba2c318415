"""The command line's composition root: the only place that knows which adapters it runs on."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from stockbt_adapters_local.launcher import LocalLauncher
from stockbt_adapters_local.machine import RandomIds, SystemClock
from stockbt_adapters_mysql.database import Database, connect, database_url
from stockbt_adapters_mysql.datasets import SqlDatasets
from stockbt_adapters_mysql.runs import SqlRuns
from stockbt_domain.ports import BarReader, Clock, DatasetRepository, IdGenerator, JobLauncher, RunRepository
from stockbt_domain.usecases import Workbench
from stockbt_web.embedded import prepare
from stockbt_web.reading import read_bars
from stockbt_web.settings import Settings

STANDARD_ERROR = 2
"""Where logs go: standard output belongs to the answer."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The ports of this machine; `bench` loads the engine when it is called."""

    env: Mapping[str, str]
    database: Database
    runs: RunRepository
    datasets: DatasetRepository
    launcher: JobLauncher
    clock: Clock
    ids: IdGenerator
    read_bars: BarReader
    bench: Callable[[str, str | None], Workbench]


@contextmanager
def machine(env: Mapping[str, str], *, ready: bool = True) -> Iterator[Machine]:
    """Open the database that `env` names, an embedded one made `ready`, for as long as the block lasts."""
    settings = Settings.from_env(env)
    database = connect(database_url(env))

    def bench(image_tag: str, engine_version: str | None) -> Workbench:
        from stockbt_worker.bootstrap import workbench

        return workbench(database, image_tag=image_tag, engine_version=engine_version)

    try:
        if ready:
            prepare(database)
        launcher = LocalLauncher(
            settings.home / "workers", env=env, slots=settings.local_workers, log_to=STANDARD_ERROR
        )
        runs, datasets = SqlRuns(database), SqlDatasets(database)
        yield Machine(env, database, runs, datasets, launcher, SystemClock(), RandomIds(), read_bars, bench)
    finally:
        database.close()
