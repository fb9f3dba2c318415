"""A MySQL database with runs that wait for a worker, and workers that are started by hand."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import make_url
from stockbt_adapters_mysql.database import connect
from stockbt_adapters_mysql.migrate import upgrade
from stockbt_domain.request import read_request
from stockbt_domain.testing import ManualClock, MemoryLauncher
from stockbt_domain.usecases.import_data import import_data
from stockbt_domain.usecases.submit import submit
from stockbt_runtime.settings import ExecutionSettings
from stockbt_runtime.workbench import workbench

from tests.tcp_proxy import Proxy
from tests.waiting import until

from .campaign import price_file
from .checker import Violation, read, violations
from .targets import LEASE_SECONDS, Server


class ManualWorkers:
    """Nothing happens here by itself: no web, no reconciler; a test starts each worker."""

    def __init__(self, server: Server, folder: Path, *, bars: int = 5_000) -> None:
        self.server = server
        self.folder = folder
        self.database = connect(make_url(server.url()))
        upgrade(self.database)
        self._bench = workbench(
            self.database, ExecutionSettings.from_env({}), launcher=MemoryLauncher(clock=ManualClock())
        )
        self.runs, self.clock = self._bench.runs, self._bench.clock
        import_data(
            [price_file(11, bars)],
            ticker="CHAOS",
            timeframe="5m",
            source="a random walk",
            datasets=self._bench.datasets,
            read_bars=self._bench.read_bars,
            clock=self.clock,
        )
        self.undisturbed = self.pending()
        assert self.start(self.undisturbed).wait(60) == 0

    def pending(self) -> str:
        """Return the id of a new run whose job was never started."""
        reading = read_request('{"ticker": "CHAOS", "rule_type": "RSI", "timeframe": "5m"}')
        return submit(reading, self._bench).run.run_id

    def start(
        self, run_id: str, *, at: str | None = None, act: str = "", proxy: Proxy | None = None
    ) -> "subprocess.Popen[str]":
        """Start the run's worker; `at` a step it does `act` (see `interrupted_worker`)."""
        module = ["stockbt_worker"] if at is None else ["tests.chaos.interrupted_worker", at, act]
        env = {
            **os.environ,
            "DATABASE_URL": self.server.url(proxy),
            "RUN_ID": run_id,
            "STOCKBT_LEASE_SECONDS": str(LEASE_SECONDS),
            "STOCKBT_HEARTBEAT_SECONDS": "0.5",
        }
        return subprocess.Popen(
            [sys.executable, "-m", *module],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def held(self, run_id: str, at: str, proxy: Proxy | None = None) -> "Held":
        """Start the run's worker and return it as it waits at a step."""
        return Held(self, run_id, at, proxy)

    def history(self, run_id: str) -> list[tuple[str, int]]:
        """Return the (state, attempt) of each event of the run."""
        return [(str(event.to_status), event.attempt) for event in self.runs.events(run_id)]

    def violations(self) -> list[Violation]:
        """Return what the checker finds in all that the database holds."""
        return violations(self.database.read(read), undisturbed=[self.undisturbed])

    def close(self) -> None:
        """Close the connections."""
        self.database.close()


class Held:
    """A worker that waits at a step until it is released."""

    def __init__(self, workers: ManualWorkers, run_id: str, at: str, proxy: Proxy | None) -> None:
        self._gate = workers.folder / f"gate-{run_id}"
        self.process = workers.start(run_id, at=at, act=str(self._gate), proxy=proxy)
        here = Path(f"{self._gate}.here")
        until(lambda: here.exists() or self.process.poll() is not None, 30, f"the worker is at {at!r}")
        assert self.process.poll() is None, self.process.communicate()

    def release(self) -> None:
        """Let it go on."""
        self._gate.touch()

    def end(self, seconds: float = 60) -> tuple[int, str]:
        """Return its exit code and what it said."""
        said: Any = self.process.communicate(timeout=seconds)[0]
        return self.process.returncode, str(said)


@contextmanager
def workers_on(server: Server, folder: Path) -> Iterator[ManualWorkers]:
    """Yield them for as long as the block lasts."""
    opened = ManualWorkers(server, folder)
    try:
        yield opened
    finally:
        opened.close()
