"""The worker's composition root."""

from stockbt_adapters_mysql.database import connect, database_url
from stockbt_domain.usecases.workbench import Workbench
from stockbt_runtime.workbench import workbench

from .settings import Settings


def open_workbench(settings: Settings) -> Workbench:
    """Return all that the execution of one run needs. Raises BadConfiguration, StorageUnavailable."""
    return workbench(connect(database_url(settings.env)), settings.execution)
