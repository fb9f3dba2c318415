"""Ways to compute an exponential average without a compiler of one's own: time, error, import.

Run from the repository: `python -m benchmarks.averages`. Processor time, medians in one process, taken in
turns; the error is the largest relative one against decimals of 50 digits on 30,000 prices.
"""

import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal, localcontext
from itertools import accumulate

import numpy as np
from stockbt_engine_legacy.indicators import PIECE
from stockbt_engine_legacy.recursions import Average, ema

from benchmarks.engine import print_table, seconds

PERIOD = 26
COUNTS = (1_000, 10_000, 1_000_000)
IMPORT = "import time; t = time.perf_counter(); import {0}; print(time.perf_counter() - t)"

Way = Callable[[np.ndarray], np.ndarray]


def comprehension(values):
    alpha, average = 2.0 / (PERIOD + 1), float(values[:PERIOD].mean())
    rest = values[PERIOD:].tolist()
    return np.array([average, *[average := average + (value - average) * alpha for value in rest]])


def iterated(values):
    alpha, seed = 2.0 / (PERIOD + 1), float(values[:PERIOD].mean())
    step = accumulate(values[PERIOD:].tolist(), lambda a, value: a + (value - a) * alpha, initial=seed)
    return np.fromiter(step, np.float64, len(values) - PERIOD + 1)


def pandas_ewm(values):
    import pandas as pd

    seeded = np.concatenate(([values[:PERIOD].mean()], values[PERIOD:]))
    return pd.Series(seeded).ewm(span=PERIOD, adjust=False).mean().to_numpy()


def lfilter(values):
    from scipy.signal import lfilter

    alpha, seed = 2.0 / (PERIOD + 1), values[:PERIOD].mean()
    rest, _ = lfilter([alpha], [1.0, alpha - 1.0], values[PERIOD:], zi=[(1.0 - alpha) * seed])
    return np.concatenate(([seed], rest))


def running_sums(values):
    average = Average(PERIOD, ema(PERIOD, min(len(values), PIECE)))
    cuts = range(PERIOD - 1 + PIECE, len(values), PIECE)
    return np.concatenate([average.after(piece) for piece in np.split(values, list(cuts))])


WAYS: dict[str, Way] = {
    "a comprehension over floats": comprehension,
    "`itertools.accumulate`": iterated,
    "pandas' `ewm`": pandas_ewm,
    "`scipy.signal.lfilter`": lfilter,
    "running sums in blocks (used)": running_sums,
}
IMPORTS = {"pandas' `ewm`": "pandas", "`scipy.signal.lfilter`": "scipy.signal"}


def prices(count: int) -> np.ndarray:
    return 100.0 + np.cumsum(np.random.default_rng(1).normal(0.0, 0.05, count))


def exactly(values) -> np.ndarray:
    with localcontext(prec=50):
        share, average = Decimal(2) / (PERIOD + 1), sum(map(Decimal, values[:PERIOD].tolist())) / PERIOD
        found = [average]
        for value in values[PERIOD:].tolist():
            average += (Decimal(value) - average) * share
            found.append(average)
        return np.array([float(one) for one in found])


def import_seconds(module: str) -> float:
    """Return how long a fresh process with numpy takes to import a module: the least of five."""
    code = "import numpy; " + IMPORT.format(module)
    times = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True) for _ in range(5)]
    return min(float(done.stdout) for done in times)


def main() -> None:
    taken = {}
    for count in COUNTS:
        values = prices(count)
        taken[count] = seconds(*(lambda f=f, v=values: f(v) for f in WAYS.values()), turns=5)
    exact = exactly(prices(30_000))
    rows = []
    for number, (name, way) in enumerate(WAYS.items()):
        error = np.max(np.abs(way(prices(30_000)) / exact - 1.0))
        cost = f"{import_seconds(IMPORTS[name]):.1f} s" if name in IMPORTS else "none"
        times = [f"{taken[count][number] * 1e3:.3f} ms" for count in COUNTS]
        rows.append([name, *times, f"{error:.0e}", cost])
    print_table(["way", *(f"{count:,} bars" for count in COUNTS), "error", "import beside numpy"], rows)


if __name__ == "__main__":
    main()
