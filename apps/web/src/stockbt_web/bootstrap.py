"""The web app's composition root: the only place that knows which adapters it runs on."""

from flask import Flask
from stockbt_adapters_mysql.database import connect, database_url
from stockbt_adapters_mysql.migrate import not_ready
from stockbt_observability.tracing import configure_tracing
from stockbt_runtime.launchers import choose_launcher
from stockbt_runtime.settings import ExecutionSettings
from stockbt_runtime.workbench import workbench

from .app import make_app
from .operations.gauges import gauges
from .operations.metrics import CountedLauncher
from .operations.reconciler import Reconciler
from .services import Services
from .settings import Settings


def create_app(settings: Settings) -> Flask:
    """Return the web app with its reconciler running."""
    shared = settings.shared
    database = connect(database_url(shared.env))
    reconciler = Reconciler()
    launcher = CountedLauncher(choose_launcher(shared, database, on_exit=reconciler.wake))
    configure_tracing("web", shared.env)
    bench = workbench(
        database,
        ExecutionSettings.from_env(shared.env),
        launcher=launcher,
        max_active=shared.max_active,
    )
    services = Services(
        bench=bench,
        ready=lambda: not_ready(database),
        max_upload_bytes=settings.max_upload_bytes,
        wake=reconciler.wake,
        gauges=lambda: tuple(gauges(bench.runs, bench.clock, database.connections, settings.build)),
    )
    reconciler.start(bench.dispatch, leader=bench.leader, budget=shared.budget)
    return make_app(services)
