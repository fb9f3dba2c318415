"""The workbench of an app on one database: what decides which adapters a process works with."""

from importlib.metadata import version

from stockbt_adapters_local.machine import RandomIds
from stockbt_adapters_mysql.clock import DatabaseClock
from stockbt_adapters_mysql.database import Database
from stockbt_adapters_mysql.datasets import SqlDatasets
from stockbt_adapters_mysql.leader import DatabaseLeader
from stockbt_adapters_mysql.presets import SqlPresets
from stockbt_adapters_mysql.runs import SqlRuns
from stockbt_domain.ports import JobLauncher
from stockbt_domain.usecases.dispatch import Dispatch
from stockbt_domain.usecases.workbench import Build, Workbench

from .engines import engine_digest, engine_names, load_engine
from .inline import InlineLauncher
from .numbers import compute_metrics, examine, read_bars
from .settings import ExecutionSettings


def workbench(
    database: Database,
    settings: ExecutionSettings,
    *,
    launcher: JobLauncher | None = None,
    max_active: int | None = None,
) -> Workbench:
    """Return an app's workbench; without a launcher, runs are executed by the process that asks for them."""
    return Workbench(
        dispatch=Dispatch(
            SqlRuns(database), launcher or InlineLauncher(), DatabaseClock(database), max_active
        ),
        datasets=SqlDatasets(database),
        presets=SqlPresets(database),
        ids=RandomIds(),
        leader=DatabaseLeader(database),
        read_bars=read_bars,
        examine=examine,
        compute_metrics=compute_metrics,
        load_engine=load_engine,
        engines=engine_names(),
        build=Build(
            settings.engine_version or version("stockbt-engine-legacy"), settings.image_tag, engine_digest
        ),
    )
