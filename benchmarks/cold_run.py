"""Cold run of the worker: a fresh process from its start to the committed SUCCEEDED, beside its peers.

Run `python -m benchmarks.cold_run`; with DATABASE_URL of a migrated MySQL it measures that as well.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

BARS = 2500
ROUNDS = 7
PEER = """
import pandas as pd
from backtesting import Backtest, Strategy
from backtesting.lib import crossover
from backtesting.test import SMA

class Cross(Strategy):
    def init(self):
        self.fast, self.slow = (self.I(SMA, self.data.Close, n) for n in (20, 50))
    def next(self):
        if crossover(self.fast, self.slow): self.buy()
        elif crossover(self.slow, self.fast): self.position.close()

frame = pd.read_csv({path!r}, index_col="Date", parse_dates=True)
Backtest(frame, Cross, cash=100_000, commission=.001).run()
"""


def timed(command: list[str], env: dict[str, str]) -> tuple[float, float]:
    """Return seconds and peak memory in MB of a process, from the outside. Raises if it fails."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    if status:
        raise RuntimeError(f"{command} ended with status {status}")
    return seconds, usage.ru_maxrss / 1024


def price_file(folder: Path, count: int) -> Path:
    """Return a CSV file of daily bars with a seeded random walk."""
    import numpy as np

    rng = np.random.default_rng(11)
    close = 100 * np.cumprod(1 + rng.normal(0.0003, 0.01, count))
    days = np.datetime64("2000-01-03") + np.arange(count)
    path = folder / "prices.csv"
    rows = (
        f"{d},{c:.4f},{c * 1.005:.4f},{c * 0.995:.4f},{c:.4f},100000"
        for d, c in zip(days, close, strict=True)
    )
    path.write_text("Date,Open,High,Low,Close,Volume\n" + "\n".join(rows) + "\n")
    return path


def pending_runs(env: dict[str, str], path: Path, count: int) -> list[str]:
    """Return the ids of runs on the file's bars that wait for a worker."""
    from stockbt_adapters_mysql.database import connect, database_url
    from stockbt_adapters_mysql.migrate import upgrade
    from stockbt_domain.request import read_request
    from stockbt_domain.testing.launcher import MemoryLauncher
    from stockbt_domain.usecases.import_data import import_data
    from stockbt_domain.usecases.submit import submit
    from stockbt_runtime.settings import ExecutionSettings
    from stockbt_runtime.workbench import workbench

    database = connect(database_url(env))
    upgrade(database)
    bench = workbench(database, ExecutionSettings.from_env(env), launcher=MemoryLauncher())
    import_data(
        [path.read_bytes()],
        ticker="BENCH",
        source="bench",
        datasets=bench.datasets,
        read_bars=bench.read_bars,
        clock=bench.clock,
    )
    reading = read_request('{"ticker": "BENCH", "rule_type": "MOVING_AVERAGE_CROSS"}')
    ids = [submit(reading, bench).run.run_id for _ in range(count)]
    database.close()
    return ids


def main() -> None:
    """Print the table: median seconds, ratio to backtesting.py in the same rounds, peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        path = price_file(Path(folder), BARS)
        plain = {**os.environ, "STOCKBT_HOME": folder}
        plain.pop("DATABASE_URL", None)
        databases = {"SQLite": plain}
        if os.environ.get("DATABASE_URL"):
            databases["MySQL"] = dict(os.environ)
        python = sys.executable
        cases: dict[str, Callable[[], tuple[float, float]]] = {
            "backtesting.py: import + first run": lambda: timed(
                [python, "-c", PEER.format(path=str(path))], plain
            ),
            "python -c 'import pandas, sqlalchemy'": lambda: timed(
                [python, "-c", "import pandas, sqlalchemy"], plain
            ),
            "stockbt worker: imports only": lambda: timed(
                [python, "-c", "import stockbt_worker.main, stockbt_worker.bootstrap"], plain
            ),
        }
        for name, env in databases.items():
            ids = pending_runs(env, path, ROUNDS + 1)
            cases[f"stockbt worker: cold run on {name}"] = lambda ids=ids, env=env: timed(  # type: ignore[misc]
                [python, "-m", "stockbt_worker"], {**env, "RUN_ID": ids.pop()}
            )
        for case in cases.values():
            case()
        measured: dict[str, list[tuple[float, float]]] = {name: [] for name in cases}
        for _ in range(ROUNDS):
            for name, case in cases.items():
                measured[name].append(case())
    peer = [seconds for seconds, _ in measured["backtesting.py: import + first run"]]
    print(f"{'fresh process, ' + format(BARS, ',') + ' bars':42}{'median s':>10}{'ratio':>8}{'peak MB':>9}")
    for name, values in measured.items():
        seconds = [s for s, _ in values]
        ratio = statistics.median(a / b for a, b in zip(seconds, peer, strict=True))
        print(f"{name:42}{statistics.median(seconds):10.3f}{ratio:8.2f}{max(m for _, m in values):9.0f}")


if __name__ == "__main__":
    main()
