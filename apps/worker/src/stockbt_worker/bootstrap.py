"""The worker's composition root: the only place that knows which adapters it runs on."""

from importlib.metadata import entry_points, version
from typing import cast

from stockbt_adapters_local.machine import SystemClock
from stockbt_adapters_mysql.database import Database
from stockbt_adapters_mysql.datasets import SqlDatasets
from stockbt_adapters_mysql.runs import SqlRuns
from stockbt_domain.ports import Engine
from stockbt_domain.usecases.execute import Build, Workbench
from stockbt_market_data.csv_reader import read_csv
from stockbt_market_data.findings import findings
from stockbt_reporting.metrics import measure

from .digest import engine_digest


def load_engine(name: str = "legacy") -> Engine:
    """Return the engine of that name from the entry-point group `stockbt.engines`."""
    (point,) = entry_points(group="stockbt.engines", name=name)
    return cast(Engine, point.load()())


def workbench(
    database: Database, *, image_tag: str = "local", engine_version: str | None = None
) -> Workbench:
    """Return all that an execution needs, on one database."""
    return Workbench(
        runs=SqlRuns(database),
        datasets=SqlDatasets(database),
        engine=load_engine(),
        appraise=measure,
        read_bars=read_csv,
        examine=findings,
        clock=SystemClock(),
        build=Build(engine_version or version("stockbt-engine-legacy"), engine_digest(), image_tag),
    )
