"""The command line's composition root: the only place that knows which adapters it runs on."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from stockbt_adapters_mysql.database import connect, database_url
from stockbt_runtime.first_start import prepare
from stockbt_runtime.launchers import choose_launcher
from stockbt_runtime.settings import ExecutionSettings, Settings
from stockbt_runtime.workbench import workbench

from .machine import Machine

STANDARD_ERROR = 2
"""Where logs go: standard output belongs to the answer."""


@contextmanager
def machine(env: Mapping[str, str], *, ready: bool = True) -> Iterator[Machine]:
    """Open the database that `env` names, an embedded one made `ready`, for as long as the block lasts."""
    settings, execution = Settings.from_env(env), ExecutionSettings.from_env(env)
    database = connect(database_url(env))
    try:
        if ready:
            prepare(database)
        yield Machine(
            bench=workbench(database, execution),
            database=database,
            execution=execution,
            budget=settings.budget,
            make_launcher=lambda: choose_launcher(settings, database, log_to=STANDARD_ERROR),
            max_active=settings.max_active,
        )
    finally:
        database.close()
