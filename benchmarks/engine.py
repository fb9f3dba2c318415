"""Speed and memory of the engine, next to backtesting.py, vectorbt and a bare numpy loop-free rule.

Run from the repository: `python -m benchmarks.engine [--bars 1000 10000] [--rule RSI] [--markdown]`.
Everything is timed in the same process, turn by turn, in seconds of the processor; the median counts,
and peers are given as ratios, so that the machine's own speed and its other work cancel out.
"""

import argparse
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from statistics import median

import numpy as np
from stockbt_domain.bars import Bars
from stockbt_domain.catalogue import RULES
from stockbt_domain.terms import Terms
from stockbt_engine_legacy import LegacyEngine
from stockbt_reporting.metrics import measure

from tests.engine.market import columns_of, random_bars, terms_of

ENGINE = LegacyEngine()
COSTS = {"fee_rate": 1e-5, "initial_capital": 1e6}  # low enough that a million bars are traded to the end
SIGNAL_OF_PEERS = "MOVING_AVERAGE_CROSS"

PEAK = """
from pathlib import Path
from benchmarks.engine import bars_of_benchmark, run
from tests.engine.market import terms_of
bars = bars_of_benchmark({bars})
status = Path("/proc/self/status")
before = status.read_text()
Path("/proc/self/clear_refs").write_text("5")
run(bars, terms_of({rule!r}, **{costs!r}))
found = [line.split()[1] for text in (before, status.read_text()) for line in text.splitlines()
         if line.startswith("VmRSS" if text is before else "VmHWM")]
print(*found)
"""
"""Resident memory with the bars loaded, and its peak since then (the kernel forgets the loading)."""


def bars_of_benchmark(count: int) -> Bars:
    """Return a walk with the restlessness of five-minute bars, without drift."""
    return random_bars(count, seed=42, noise=0.002, drift=0.0)


def run(bars: Bars, terms: Terms) -> None:
    """Do all that a run computes: signals, trades, curves, reasons and every metric."""
    measure(bars, terms, ENGINE.run(bars, terms), timeframe="5m")


def seconds(*actions: Callable[[], object], turns: int) -> list[float]:
    """Return the median processor time of each action, taken in turns.

    In its turn an action runs once unmeasured and then for at least 20 milliseconds.
    """
    times: list[list[float]] = [[] for _ in actions]
    for _ in range(turns):
        for action, found in zip(actions, times, strict=True):
            start = time.process_time()
            action()
            repeats = max(1, int(0.02 / (time.process_time() - start)))
            start = time.process_time()
            for _ in range(repeats):
                action()
            found.append((time.process_time() - start) / repeats)
    return [median(found) for found in times]


def bare_numpy(bars: Bars) -> Callable[[], object]:
    """Return the rule as an analyst's notebook has it: cumulative sums, fractions, no costs, no report."""
    close = columns_of(bars)["close"]

    def act() -> object:
        total = np.concatenate(([0.0], np.cumsum(close)))
        fast, slow = ((total[n:] - total[:-n]) / n for n in (20, 50))
        held = (fast[30:] > slow).astype(float)
        returns = np.diff(close[49:]) / close[49:-1] * held[:-1]
        equity = np.cumprod(1.0 + returns)
        drawdown = equity / np.maximum.accumulate(equity) - 1.0
        return equity[-1], drawdown.min(), returns.mean() / returns.std()

    return act


def vectorbt_runs(bars: Bars) -> tuple[Callable[[], object], Callable[[], object]] | None:
    """Return vectorbt's run of the rule by its usual way and by its compiled core, both with statistics."""
    try:
        import vectorbt
        from vectorbt.portfolio import nb
        from vectorbt.portfolio.enums import Direction
    except ImportError:
        return None
    import pandas as pd

    index = pd.to_datetime(np.asarray(bars.time), unit="us")
    close = pd.Series(columns_of(bars)["close"], index=index)

    def signals():
        fast, slow = (vectorbt.MA.run(close, n).ma for n in (20, 50))
        fast.name = slow.name = None
        return (fast > slow).to_numpy().ravel(), (fast < slow).to_numpy().ravel()

    def usual() -> object:
        entries, exits = signals()
        portfolio = vectorbt.Portfolio.from_signals(
            close, entries, exits, size_granularity=1.0, init_cash=1e6, fees=1e-5, freq="5min"
        )
        return portfolio.stats()

    def core() -> object:
        column = close.to_numpy()[:, None]
        fast, slow = (vectorbt.generic.nb.rolling_mean_nb(column, n) for n in (20, 50))
        orders, logs = nb.simulate_from_signals_nb(
            target_shape=column.shape,
            group_lens=np.array([1]),
            init_cash=np.array([1e6]),
            call_seq=np.zeros(column.shape, dtype=np.int64),
            entries=fast > slow,
            exits=fast < slow,
            direction=np.asarray(Direction.LongOnly),
            fees=np.asarray(1e-5),
            size_granularity=np.asarray(1.0),
            close=column,
            price=column,
            use_stops=False,
        )
        wrapper = vectorbt.ArrayWrapper(index=index, columns=["close"], ndim=1, freq="5min")
        portfolio = vectorbt.Portfolio(wrapper, close, orders, logs, 1e6, False, call_seq=None)
        return portfolio.stats()

    return usual, core


def backtesting_run(bars: Bars) -> Callable[[], object] | None:
    """Return backtesting.py's run of the rule with its statistics."""
    try:
        import backtesting
    except ImportError:
        return None
    import pandas as pd
    import talib

    column = columns_of(bars)
    index = pd.to_datetime(column.pop("time"), unit="us")
    frame = pd.DataFrame(column, index=index).rename(columns=str.title)

    class Cross(backtesting.Strategy):  # type: ignore[misc]
        def init(self) -> None:
            self.fast = self.I(talib.SMA, self.data.Close, 20)
            self.slow = self.I(talib.SMA, self.data.Close, 50)

        def next(self) -> None:
            if self.fast[-1] > self.slow[-1] and not self.position:
                self.buy()
            elif self.fast[-1] < self.slow[-1] and self.position:
                self.position.close()

    return lambda: backtesting.Backtest(
        frame, Cross, cash=1e6, commission=1e-5, trade_on_close=True, exclusive_orders=True
    ).run()


def peak_megabytes(bars: int, rule: str) -> tuple[float, float]:
    """Return a fresh process's memory with the bars loaded, and its peak in one run. Linux only."""
    code = PEAK.format(bars=bars, rule=rule, costs=COSTS)
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    before, after = (int(kilobytes) / 1024 for kilobytes in output.split())
    return before, after


def print_table(head: list[str], rows: list[list[str]]) -> None:
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def print_speeds(counts: list[int], rules: list[str]) -> None:
    rows = []
    for rule in rules:
        row = [rule]
        for count in counts:
            bars, terms = bars_of_benchmark(count), terms_of(rule, **COSTS)
            (taken,) = seconds(lambda b=bars, t=terms: run(b, t), turns=9)
            row.append(f"{taken * 1e3:.2f} ms, {count / taken / 1e6:.1f} M/s")
        rows.append(row)
    print_table(["run with all metrics", *(f"{count:,} bars" for count in counts)], rows)


def print_ratios(counts: list[int], slowest: int) -> None:
    rows = []
    for count in counts:
        bars, terms = bars_of_benchmark(count), terms_of(SIGNAL_OF_PEERS, **COSTS)
        peers: dict[str, Callable[[], object] | None] = {"bare numpy": bare_numpy(bars)}
        usual_and_core = vectorbt_runs(bars)
        peers |= dict(zip(("vectorbt", "vectorbt's core"), usual_and_core or (None, None), strict=True))
        found = {name: peer for name, peer in peers.items() if peer is not None}
        ours, *theirs = seconds(lambda b=bars, t=terms: run(b, t), *found.values(), turns=7)
        ratio = dict(zip(found, (taken / ours for taken in theirs), strict=True))
        slow = backtesting_run(bars) if count <= slowest else None
        if slow is not None:
            own, taken = seconds(lambda b=bars, t=terms: run(b, t), slow, turns=3 if count <= 10_000 else 1)
            ratio["backtesting.py"] = taken / own
        names = ("backtesting.py", "vectorbt", "vectorbt's core", "bare numpy")
        cells = [f"{ratio[name]:.1f} x" if name in ratio else "-" for name in names]
        rows.append([f"{count:,}", f"{ours * 1e3:.2f} ms", *cells])
    head = ["bars", "this engine, all metrics", "backtesting.py", "vectorbt", "vectorbt's core", "bare numpy"]
    print_table(head, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bars", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--rule", nargs="+", default=[rule.name for rule in RULES])
    parser.add_argument("--slowest", type=int, default=1_000_000, help="most bars given to backtesting.py")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    os.environ["TQDM_DISABLE"] = "1"

    print_speeds(options.bars, options.rule)
    print(f"Time of others in multiples of ours, {SIGNAL_OF_PEERS}, each with its full statistics:\n")
    print_ratios(options.bars, options.slowest)
    largest = max(options.bars)
    rows = [[rule, *(f"{size:.0f} MB" for size in peak_megabytes(largest, rule))] for rule in options.rule]
    print_table([f"peak memory of the process, {largest:,} bars", "bars loaded", "peak of the run"], rows)


if __name__ == "__main__":
    main()
