"""The web app's composition root: the only place that knows which adapters it runs on."""

from flask import Flask
from stockbt_adapters_local.machine import RandomIds
from stockbt_adapters_mysql.clock import DatabaseClock
from stockbt_adapters_mysql.database import connect, database_url
from stockbt_adapters_mysql.datasets import SqlDatasets
from stockbt_adapters_mysql.leader import DatabaseLeader
from stockbt_adapters_mysql.migrate import not_ready
from stockbt_adapters_mysql.presets import SqlPresets
from stockbt_adapters_mysql.runs import SqlRuns
from stockbt_observability.tracing import configure_tracing
from stockbt_runtime.engines import engine_digest, engine_names
from stockbt_runtime.launchers import choose_launcher
from stockbt_runtime.price_reader import read_bars

from .app import make_app
from .operations.gauges import gauges
from .operations.metrics import CountedLauncher
from .operations.reconciler import Reconciler
from .services import Services
from .settings import Settings


def create_app(settings: Settings) -> Flask:
    """Return the web app with its reconciler running."""
    database = connect(database_url(settings.shared.env))
    reconciler = Reconciler()
    launcher = CountedLauncher(choose_launcher(settings.shared, database, on_exit=reconciler.wake))
    runs, clock = SqlRuns(database), DatabaseClock(database)
    configure_tracing("web", settings.shared.env)
    services = Services(
        runs=runs,
        datasets=SqlDatasets(database),
        presets=SqlPresets(database),
        launcher=launcher,
        clock=clock,
        ids=RandomIds(),
        read_bars=read_bars,
        ready=lambda: not_ready(database),
        max_upload_bytes=settings.max_upload_bytes,
        engines=engine_names(),
        engine_digest=engine_digest,
        max_active=settings.shared.max_active,
        wake=reconciler.wake,
        gauges=lambda: tuple(gauges(runs, clock, database.connections, settings.build)),
    )
    reconciler.start(
        runs=runs,
        launcher=launcher,
        clock=clock,
        leader=DatabaseLeader(database),
        budget=settings.shared.budget,
        max_active=settings.shared.max_active,
    )
    return make_app(services)
