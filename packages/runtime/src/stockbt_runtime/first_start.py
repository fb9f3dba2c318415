"""The first start: an embedded database that is ready to use, sample instruments included."""

import logging

from stockbt_adapters_local.machine import SystemClock
from stockbt_adapters_mysql.database import Database
from stockbt_adapters_mysql.datasets import SqlDatasets
from stockbt_adapters_mysql.migrate import upgrade
from stockbt_domain.ports import DatasetRepository
from stockbt_domain.usecases.import_data import import_data

from .numbers import read_bars

log = logging.getLogger(__name__)


def prepare(database: Database) -> None:
    """Bring an SQLite database to its schema's revision and import the sample instruments into an
    empty one. A MySQL server is its operator's: `stockbt db upgrade`."""
    if database.engine.dialect.name != "sqlite":
        return
    upgrade(database)
    datasets = SqlDatasets(database)
    if datasets.all():
        return
    import_samples(datasets)


def import_samples(datasets: DatasetRepository) -> None:
    """Import the sample instruments; those that are there already stay as they are."""
    from stockbt_market_data.samples import SAMPLES, open_sample

    for ticker in SAMPLES:
        import_data(
            open_sample(ticker),
            ticker=ticker,
            source="sample: PyPI package arch (NCSA licence)",
            datasets=datasets,
            read_bars=read_bars,
            clock=SystemClock(),
        )
        log.info("sample instrument imported", extra={"ticker": ticker})
