"""A million bars all the way: import, the worker's run, and what the page asks for.

Run `python -m benchmarks.million_bars`.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

from .cold_run import pending_runs, timed

BARS = 1_000_000


def price_file(folder: Path, bars: int = BARS, *, daily: bool = True) -> Path:
    """Return a CSV file of daily or 5-minute bars with a seeded random walk that does not run away."""
    import numpy as np

    rng = np.random.default_rng(5)
    close = 100 * np.exp(0.2 * np.sin(np.arange(bars) / 5000)) * (1 + rng.normal(0, 0.002, bars))
    if daily:
        times = np.datetime_as_string(np.datetime64("1000-01-01") + np.arange(bars))
    else:
        begin = np.datetime64("2010-01-01T00:00:00")
        times = np.datetime_as_string(begin + 300 * np.arange(bars), timezone="UTC")
    path = folder / f"{bars}.csv"
    with path.open("w") as file:
        file.write("Date,Open,High,Low,Close,Volume\n")
        file.writelines(
            f"{d},{c:.4f},{c * 1.005:.4f},{c * 0.995:.4f},{c:.4f},100000\n"
            for d, c in zip(times, close, strict=True)
        )
    return path


def trades_sorted(count: int) -> float:
    """Return the processor seconds of sorting that many trades and cutting a page from their end."""
    import numpy as np
    from stockbt_web.results.trades import TradeFilter, cut, trade_rows

    number = np.arange(count)
    day = 86_400_000_000
    table = {
        "side": np.where(number % 3, 1, -1).astype(np.int8),
        "entry_timestamp": number * 2 * day,
        "exit_timestamp": number * 2 * day + day,
        "pnl_abs": np.where(number % 2, -1.0, 1.0) * number,
    }
    begin = time.process_time()
    cut(trade_rows(table, TradeFilter(result="lost", sort="-pnl_abs")), 999)
    return time.process_time() - begin


def main() -> None:
    """Print seconds and peak memory of each step, each in a process or request of its own."""
    from stockbt_adapters_mysql.database import connect, database_url
    from stockbt_adapters_mysql.runs import SqlRuns
    from stockbt_domain.documents.run import status
    from stockbt_reporting.chart_data import chart_window, curves_of
    from stockbt_reporting.charts import draw
    from stockbt_reporting.curves import decimate

    rows: list[tuple[str, float, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "STOCKBT_HOME": folder}
        env.pop("DATABASE_URL", None)
        path = price_file(Path(folder))
        begin = time.perf_counter()
        (run_id,) = pending_runs(env, path, 1)
        rows.append(("import and submit", time.perf_counter() - begin, ""))
        seconds, peak = timed([sys.executable, "-m", "stockbt_worker"], {**env, "RUN_ID": run_id})
        rows.append(("worker: load, run, store", seconds, f"{peak:.0f} MB"))
        database = connect(database_url(env))
        runs = SqlRuns(database)
        begin = time.perf_counter()
        status(run_id, runs=runs, series=False)
        rows.append(("status without series", time.perf_counter() - begin, ""))
        begin = time.process_time()
        tables = (runs.table(run_id, name) for name in ("equity_curve", "series"))
        curves = curves_of(*tables, 100_000.0)
        shown = chart_window(curves, start=-(2**40), end=2**40, points=3000).shown
        rows.append((f"the page's curves, read ({shown:,} rows), CPU", time.process_time() - begin, ""))
        zooms = ((-(2**40), 2**40), (curves.time[BARS // 4], curves.time[-BARS // 4]))
        for start, end in zooms:
            begin = time.process_time()
            window = chart_window(curves, start=float(start), end=float(end), points=3000)
            rows.append((f"a window of {window.bars:,} bars, CPU", time.process_time() - begin, ""))
        series = runs.table(run_id, "series")
        begin = time.process_time()
        decimate(curves.time, [series["close"]], 3000)
        rows.append(("a column thinned to 3,000 points, CPU", time.process_time() - begin, ""))
        draw("equity", runs.result(run_id), "warm", format="png")  # imports matplotlib
        begin = time.process_time()
        draw("portfolio", runs.result(run_id), "a million bars", format="png")
        rows.append(("the largest picture, read and drawn, CPU", time.process_time() - begin, ""))
        rows.append(("100,000 trades sorted for a page, CPU", trades_sorted(100_000), ""))
        database.close()
    print(f"{'1,000,000 bars on SQLite':42}{'seconds':>10}{'peak':>9}")
    for name, seconds, peak_text in rows:
        print(f"{name:42}{seconds:10.3f}{peak_text:>9}")


if __name__ == "__main__":
    main()
