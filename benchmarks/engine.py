"""Speed and memory of the engine, next to backtesting.py, vectorbt and the same rule in bare numpy.

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
from stockbt_domain.rules import RULES
from stockbt_domain.terms import Terms
from stockbt_engine_legacy import LegacyEngine
from stockbt_reporting.metrics import PERIODS_PER_YEAR, measure

from benchmarks import bare
from benchmarks.peer_runs import backtesting_run, vectorbt_runs
from tests.engine_legacy.market import columns_of, random_bars, terms_of

ENGINE = LegacyEngine()
COSTS = {"fee_rate": 1e-5, "initial_capital": 1e6}  # low enough that a million bars are traded to the end
SAME = ("bare numpy", "with lfilter")
"""The versions in benchmarks/bare.py whose results are ours."""

PEAK = """
from pathlib import Path
from benchmarks.engine import bars_of_benchmark, run
from tests.engine_legacy.market import terms_of
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


def bare_runs(bars: Bars, rule: str) -> dict[str, Callable[[], object]]:
    """Return the bare versions of a rule by name."""
    column = columns_of(bars)
    time, close = column["time"], column["close"]
    signals = bare.RULES[rule]
    terms = (COSTS["initial_capital"], COSTS["fee_rate"], PERIODS_PER_YEAR["5m"])
    found: dict[str, Callable[[], object]] = {
        "bare numpy": lambda: bare.backtest(signals(close), time, close, *terms),
        "sketch": lambda: bare.sketch(signals(close), close),
    }
    if signals is bare.rsi_macd:
        found["with lfilter"] = lambda: bare.backtest(signals(close, bare.lfilter), time, close, *terms)
    return found


def difference(bars: Bars, terms: Terms, equity, trades, figures) -> float:
    """Return the largest relative difference of a bare result from ours: curve, trades, figures."""
    outcome = ENGINE.run(bars, terms)
    closed = ~np.isnan(np.asarray(outcome.trades["exit_price"]))
    ours = [np.asarray(outcome.equity), *(np.asarray(column)[closed] for column in outcome.trades.values())]
    theirs = [equity, *(trades[name][closed] for name in outcome.trades)]
    for name, value in measure(bars, terms, outcome, timeframe="5m").items():
        ours.append(np.array([np.nan if value is None else value]))
        theirs.append(np.array([np.nan if figures[name] is None else figures[name]]))
    worst = 0.0
    for one, other in zip(ours, theirs, strict=True):
        apart = np.abs(one - other) / np.maximum(np.abs(one), 1e-9)
        apart[np.isnan(one) & np.isnan(other)] = 0.0
        worst = max(worst, float(apart.max(initial=0.0)))
    return worst


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


def print_peers(counts: list[int], rules: list[str], slowest: int) -> None:
    """Print how long the peers take, in multiples of ours."""
    rows = []
    for rule in rules:
        for count in counts:
            bars, terms = bars_of_benchmark(count), terms_of(rule, **COSTS)
            found = vectorbt_runs(bars, rule)
            ours, *theirs = seconds(lambda b=bars, t=terms: run(b, t), *found.values(), turns=7)
            ratio = dict(zip(found, (taken / ours for taken in theirs), strict=True))
            slow = backtesting_run(bars, rule) if count <= slowest else None
            if slow is not None:
                own, taken = seconds(lambda b=bars, t=terms: run(b, t), slow, turns=3)
                ratio["backtesting.py"] = taken / own
            names = ("backtesting.py", "vectorbt", "vectorbt's core")
            cells = [f"{ratio[name]:.1f} x" if name in ratio else "-" for name in names]
            rows.append([rule, f"{count:,}", f"{ours * 1e3:.2f} ms", *cells])
    print_table(["rule", "bars", "this engine", "backtesting.py", "vectorbt", "vectorbt's core"], rows)


def print_bare(counts: list[int], rules: list[str]) -> None:
    """Print how long we take, in multiples of bare numpy; raise SystemExit where the results differ."""
    rows = []
    for rule in rules:
        for count in counts:
            bars, terms = bars_of_benchmark(count), terms_of(rule, **COSTS)
            actions = bare_runs(bars, rule)
            apart = max(difference(bars, terms, *actions[name]()) for name in SAME if name in actions)
            if not apart < 1e-9:
                raise SystemExit(f"{rule} on {count} bars: the bare version differs by {apart:.1e}")
            ours, *theirs = seconds(lambda b=bars, t=terms: run(b, t), *actions.values(), turns=9)
            ratio = dict(zip(actions, (ours / taken for taken in theirs), strict=True))
            cells = [f"{ratio[name]:.2f}" if name in ratio else "-" for name in (*SAME, "sketch")]
            rows.append([rule, f"{count:,}", f"{ours * 1e3:.2f} ms", *cells, f"{apart:.0e}"])
    bare_names = ("/ bare numpy", "/ the same with lfilter", "/ sketch")
    print_table(["rule", "bars", "this engine", *bare_names, "difference"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bars", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--rule", nargs="+", default=[rule.name for rule in RULES])
    parser.add_argument("--slowest", type=int, default=1_000_000, help="most bars given to backtesting.py")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    os.environ["TQDM_DISABLE"] = "1"

    print_speeds(options.bars, options.rule)
    both = [rule for rule in bare.RULES if rule in options.rule]
    print("Time of others in multiples of ours, each with its full statistics:\n")
    print_peers(options.bars, both, options.slowest)
    print("Our time in multiples of bare numpy's (the same fills, trades and figures), and of a sketch's:\n")
    print_bare(options.bars, both)
    largest = max(options.bars)
    rows = [[rule, *(f"{size:.0f} MB" for size in peak_megabytes(largest, rule))] for rule in options.rule]
    print_table([f"peak memory of the process, {largest:,} bars", "bars loaded", "peak of the run"], rows)


if __name__ == "__main__":
    main()
