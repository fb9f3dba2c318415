"""Which launcher runs the workers: chosen here for the web app and for the command line."""

from collections.abc import Callable

from stockbt_adapters_local.launcher import LocalLauncher
from stockbt_adapters_mysql.database import Database
from stockbt_domain.errors import BadConfiguration
from stockbt_domain.ports import JobLauncher

from .settings import Settings


def choose_launcher(
    settings: Settings,
    database: Database,
    *,
    on_exit: Callable[[], None] = lambda: None,
    log_to: int | None = None,
) -> JobLauncher:
    """Return the launcher that the settings name; LOCAL calls `on_exit` when a worker has ended and
    sends its logs to the descriptor `log_to`. Raises BadConfiguration, which names the variable."""
    if settings.launcher == "LOCAL":
        folder = settings.home / "workers"
        return LocalLauncher(
            folder, env=settings.env, slots=settings.local_workers, on_exit=on_exit, log_to=log_to
        )
    if database.engine.dialect.name == "sqlite":
        raise BadConfiguration(
            "JOB_LAUNCHER_MODE K8S needs a database that pods reach; name a MySQL server by DATABASE_URL or "
            "DB_HOST"
        )
    from stockbt_adapters_k8s.cluster import launcher_from_env  # takes a third of a second to import

    return launcher_from_env(settings.env)
