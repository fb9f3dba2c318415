"""`stockbt web`: prepare the database and serve the app with gunicorn."""

import logging
import os
import sys
import tempfile
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.http.errors import ParseException
from stockbt_adapters_mysql.database import connect, database_url
from stockbt_observability.logs import configure_logging
from stockbt_runtime.first_start import prepare
from stockbt_runtime.launchers import choose_launcher
from werkzeug.exceptions import BadRequest

from .settings import Settings


class _PlainLogger(Logger):
    """gunicorn's own messages go the way of all others."""

    def setup(self, cfg: Config) -> None:
        self.error_log.propagate = True
        self.error_log.setLevel(logging.INFO)


class _Body:
    """A request's body: where its chunks are malformed, which the server finds out while the app reads
    it, the request is refused and nothing of ours has failed."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        return self._asked(self._stream.read, size)

    def readline(self, size: int = -1) -> bytes:
        return self._asked(self._stream.readline, size)

    def _asked(self, read: Callable[[int], bytes], size: int) -> bytes:
        try:
            return read(size)
        except ParseException as error:
            raise BadRequest from error


class _Server(BaseApplication):
    def __init__(self, settings: Settings, options: dict[str, Any]) -> None:
        self._settings = settings
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from .bootstrap import create_app

        app = create_app(self._settings)
        answer = app.wsgi_app

        def with_body(environ: Any, start_response: Any) -> Any:
            environ["wsgi.input"] = _Body(environ["wsgi.input"])
            return answer(environ, start_response)

        app.wsgi_app = with_body  # type: ignore[method-assign]
        return app


def _forget(server: object, worker: Any) -> None:
    """Fold what an ended process counted into the rest."""
    from .operations.metrics import forget_process

    forget_process(worker.pid)


def serve(host: str, port: int) -> None:
    """Serve until stopped. Raises BadConfiguration, StorageUnavailable before anything listens."""
    configure_logging("web")
    settings = Settings.from_env(os.environ)
    database = connect(database_url(settings.shared.env))
    prepare(database)
    choose_launcher(settings.shared, database)  # what is wrong with it stops the app before anything listens
    database.engine.dispose()
    if settings.processes > 1:
        # Before prometheus_client is imported, which decides then where it counts.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="stockbt-metrics-")
    options = {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "workers": settings.processes,
        "child_exit": _forget,
        "worker_class": "gthread",
        "threads": 64,  # a client that waits for its run (Prefer: wait) holds one
        "timeout": 120,
        "graceful_timeout": 30,
        "keepalive": 5,
        # Nobody before this server is trusted to say by headers which path or scheme was meant.
        "forwarded_allow_ips": "",
        "forwarder_headers": "",
        "logger_class": _PlainLogger,
        "control_socket_disable": True,
        "when_ready": lambda server: print(
            f"stockbt is open at http://{host}:{port}/  (stop it with Ctrl-C)", file=sys.stderr, flush=True
        ),
    }
    _Server(settings, options).run()
