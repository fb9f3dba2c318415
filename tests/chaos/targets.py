"""What is attacked: web processes, each a machine of its own, with their workers, on one MySQL server."""

import os
import signal
import subprocess
import sys
import threading
import urllib.request
from contextlib import suppress
from pathlib import Path

from libfaketime import get_reload_information
from sqlalchemy import URL, NullPool, create_engine, text
from stockbt_adapters_local.locks import held

from tests.mysql_server import MySqlServer
from tests.ports import reserved_port
from tests.tcp_proxy import Proxy
from tests.waiting import until

from .checker import History, read

LEASE_SECONDS = 3.0


class Server:
    """The MySQL server, with an empty database of our own on it."""

    def __init__(self, server: MySqlServer, database: str) -> None:
        self._server = server
        self._url = server.new_database(database)
        self._address = server.address()

    def address(self) -> tuple[str, int]:
        """Return (host, port) of now: a container that starts again may get another port."""
        return self._address

    def url(self, proxy: Proxy | None = None) -> str:
        """Return the database's URL, directly or through a proxy."""
        url = self._url_of_now()
        if proxy is not None:
            # Without TLS the proxy can see a COMMIT go by.
            url = url.set(host="127.0.0.1", port=proxy.port, query={"ssl_disabled": "true"})
        return url.render_as_string(hide_password=False)

    def history(self) -> History:
        """Return what the tables hold."""
        with create_engine(self._url_of_now(), poolclass=NullPool).connect() as connection:
            return read(connection)

    def states(self) -> dict[str, str]:
        """Return the status of every run, {} while the server is away."""
        try:
            with create_engine(self._url_of_now(), poolclass=NullPool).connect() as connection:
                rows = connection.execute(text("SELECT run_id, status FROM runs")).all()
        except Exception:
            return {}
        return dict(rows)

    def kill(self) -> None:
        """End the server with SIGKILL."""
        self._server.container.kill()

    def start(self) -> None:
        """Start the killed server again and wait until it answers."""
        self._server.container.start()

        def answers() -> bool:
            try:
                self._address = self._server.address()
                with create_engine(self._url_of_now(), poolclass=NullPool).connect():
                    return True
            except Exception:
                return False

        until(answers, 90, "the database answers again")

    def _url_of_now(self) -> URL:
        host, port = self._address
        return self._url.set(host=host, port=port)


class Web:
    """A `stockbt web` that is started again whenever it ends, as a service manager would."""

    def __init__(self, home: Path, server: Server, *, own_clock: bool = False, **env: str) -> None:
        """Start it; with `own_clock`, the time of day of all its processes is what `set_clock` says."""
        self.home = home
        home.mkdir(parents=True, exist_ok=True)
        self._clock = home / "clock"
        self.proxy = Proxy(server.address)
        self._port = reserved_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._env = {
            **os.environ,
            "DATABASE_URL": server.url(self.proxy),
            "STOCKBT_HOME": str(home),
            "STOCKBT_LEASE_SECONDS": str(LEASE_SECONDS),
            "STOCKBT_HEARTBEAT_SECONDS": "0.8",
            "STOCKBT_LOCAL_WORKERS": "2",
            **(self._clock_of_its_own() if own_clock else {}),
            **env,
        }
        self._over = threading.Event()
        self._process = self._start()
        self._manager = threading.Thread(target=self._manage, daemon=True)
        self._manager.start()

    def _start(self) -> "subprocess.Popen[bytes]":
        with (self.home / "web.log").open("ab") as out:
            return subprocess.Popen(
                [sys.executable, "-m", "stockbt_cli", "web", "--port", str(self._port)],
                env=self._env,
                stdout=out,
                stderr=out,
                start_new_session=True,  # a group of its own, so that nothing else is killed with it
            )

    def _manage(self) -> None:
        while not self._over.wait(0.3):
            if self._process.poll() is not None:
                self._process = self._start()

    def _clock_of_its_own(self) -> dict[str, str]:
        self.set_clock("+0")
        return {
            **get_reload_information()[1],
            "FAKETIME_TIMESTAMP_FILE": str(self._clock),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # what counts seconds is not what an operator sets
            "NO_FAKE_STAT": "1",
        }

    def set_clock(self, offset: str) -> None:
        """Let the machine's time of day jump to this offset from the real one, such as "-3h"."""
        new = self._clock.with_suffix(".new")
        new.write_text(f"{offset}\n")
        new.replace(self._clock)  # whole at every moment: the processes read it all the time

    def reconcile(self) -> "subprocess.Popen[bytes]":
        """Start a pass of `stockbt reconcile --once` on this machine, beside the web app's own."""
        with (self.home / "reconcile.log").open("ab") as out:
            return subprocess.Popen(
                [sys.executable, "-m", "stockbt_cli", "reconcile", "--once"],
                env=self._env,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def ready(self) -> bool:
        """Return whether the web app answers that it is ready."""
        try:
            with urllib.request.urlopen(self.url + "/ready", timeout=5):
                return True
        except OSError:
            return False

    def kill(self) -> None:
        """End the web app with SIGKILL; its workers live on."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def workers(self) -> dict[str, int]:
        """Return run_id -> process id of this machine's living workers."""
        found = {}
        for path in (self.home / "workers").glob("run-*.lock"):
            with suppress(FileNotFoundError, ValueError):
                pid = int(path.read_text())
                if held(path):
                    found[path.name[len("run-") : -len(".lock")]] = pid
        return found

    def close(self) -> None:
        """End the web app and its workers."""
        self._over.set()
        self._manager.join()
        self.kill()
        self._process.wait()
        for pid in self.workers().values():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.proxy.refuse()
