"""The command line's composition root: the only place that knows which adapters it runs on."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from stockbt_adapters_local.machine import RandomIds
from stockbt_adapters_mysql.clock import DatabaseClock
from stockbt_adapters_mysql.database import connect, database_url
from stockbt_adapters_mysql.datasets import SqlDatasets
from stockbt_adapters_mysql.leader import DatabaseLeader
from stockbt_adapters_mysql.runs import SqlRuns
from stockbt_domain.usecases import Workbench
from stockbt_runtime.first_start import prepare
from stockbt_runtime.launchers import choose_launcher
from stockbt_runtime.price_reader import read_bars
from stockbt_runtime.settings import ExecutionSettings, Settings

from .machine import Machine

STANDARD_ERROR = 2
"""Where logs go: standard output belongs to the answer."""


@contextmanager
def machine(env: Mapping[str, str], *, ready: bool = True) -> Iterator[Machine]:
    """Open the database that `env` names, an embedded one made `ready`, for as long as the block lasts."""
    settings = Settings.from_env(env)
    database = connect(database_url(env))

    def bench(execution: ExecutionSettings) -> Workbench:
        from stockbt_runtime.workbench import workbench  # numpy, which most commands do without

        return workbench(database, execution)

    try:
        if ready:
            prepare(database)
        yield Machine(
            env=env,
            database=database,
            runs=SqlRuns(database),
            datasets=SqlDatasets(database),
            make_launcher=lambda: choose_launcher(settings, database, log_to=STANDARD_ERROR),
            leader=DatabaseLeader(database),
            clock=DatabaseClock(database),
            ids=RandomIds(),
            read_bars=read_bars,
            bench=bench,
            budget=settings.budget,
            max_active=settings.max_active,
        )
    finally:
        database.close()
