"""The web app's composition root: the only place that knows which adapters it runs on."""

from flask import Flask
from stockbt_adapters_local.machine import RandomIds
from stockbt_adapters_mysql.clock import DatabaseClock
from stockbt_adapters_mysql.database import connect, database_url
from stockbt_adapters_mysql.datasets import SqlDatasets
from stockbt_adapters_mysql.leader import DatabaseLeader
from stockbt_adapters_mysql.presets import SqlPresets
from stockbt_adapters_mysql.runs import SqlRuns
from stockbt_observability.tracing import configure_tracing
from stockbt_worker.engines import engine_digest, engine_names

from .app import make_app
from .background import Reconciler
from .launchers import choose_launcher
from .metrics import CountedLauncher
from .reading import read_bars
from .services import Services
from .settings import Settings
from .state import gauges, readiness


def create_app(settings: Settings) -> Flask:
    """Return the web app with its reconciler running."""
    database = connect(database_url(settings.env))
    reconciler = Reconciler()
    launcher = CountedLauncher(choose_launcher(settings, database, on_exit=reconciler.wake))
    runs, clock = SqlRuns(database), DatabaseClock(database)
    configure_tracing("web", settings.env)
    services = Services(
        runs=runs,
        datasets=SqlDatasets(database),
        presets=SqlPresets(database),
        launcher=launcher,
        clock=clock,
        ids=RandomIds(),
        read_bars=read_bars,
        ready=lambda: readiness(database),
        max_upload_bytes=settings.max_upload_bytes,
        engines=engine_names(),
        engine_digest=engine_digest,
        max_active=settings.max_active,
        wake=reconciler.wake,
        gauges=lambda: tuple(gauges(runs, clock, database, settings.build)),
    )
    reconciler.start(
        runs=runs,
        launcher=launcher,
        clock=clock,
        leader=DatabaseLeader(database),
        budget=settings.budget,
        max_active=settings.max_active,
    )
    return make_app(services)
