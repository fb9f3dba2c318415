"""All that an execution needs, on one database."""

from importlib.metadata import version

from stockbt_adapters_mysql.clock import DatabaseClock
from stockbt_adapters_mysql.database import Database
from stockbt_adapters_mysql.datasets import SqlDatasets
from stockbt_adapters_mysql.runs import SqlRuns
from stockbt_domain.usecases.execute import Build, Workbench
from stockbt_market_data.csv_reader import read_csv
from stockbt_market_data.findings import findings
from stockbt_reporting.metrics import measure

from .engines import engine_digest, load_engine
from .settings import ExecutionSettings


def workbench(database: Database, settings: ExecutionSettings) -> Workbench:
    """Return all that an execution needs, on one database."""
    return Workbench(
        runs=SqlRuns(database),
        datasets=SqlDatasets(database),
        load_engine=load_engine,
        compute_metrics=measure,
        read_bars=read_csv,
        examine=findings,
        clock=DatabaseClock(database),
        build=Build(
            settings.engine_version or version("stockbt-engine-legacy"), settings.image_tag, engine_digest
        ),
    )
