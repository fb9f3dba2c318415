"""How closely the engine and its peers agree on real prices: the table of docs/engine.md.

Run from the repository: `python -m benchmarks.agreement`.
"""

import warnings

import numpy as np
from stockbt_domain.rules import RULES
from stockbt_engine_legacy import LegacyEngine

from tests.engine_legacy.market import terms_of
from tests.engine_legacy.peers import PARAMS, by_backtesting, by_vectorbt, differences, real_bars
from tests.engine_legacy.reference import Account, signals

INSTRUMENTS = ("sp500", "nasdaq")


def plain_loop(bars, found, terms, outcome):
    """Return the largest relative difference to the tests' loop over the bars."""
    account = Account(bars, terms).live(found)
    return np.abs(np.asarray(outcome.equity) / np.array(account.equity) - 1.0).max()


def largest(rule, direction, execution):
    """Return the largest difference to each peer, and the closed trades compared."""
    worst = np.zeros(3)
    trades = 0
    share = 100.0 if direction == "longonly" else 25.0
    for name in INSTRUMENTS:
        bars = real_bars(name)
        common = {"direction": direction, "execution": execution, "initial_capital": 1e6, "fee_rate": 0.001}
        terms = terms_of(rule, PARAMS.get(rule), position_size=share, **common)
        slipping = terms_of(rule, PARAMS.get(rule), position_size=share, slippage_bps=10.0, **common)
        found = signals(bars, rule, terms.params)
        outcome, slipped = LegacyEngine().run(bars, terms), LegacyEngine().run(bars, slipping)
        position = np.asarray(slipped.position)
        trades += len(outcome.trades["size"])
        apart = [
            plain_loop(bars, found, slipping, slipped),
            max(differences(outcome, by_backtesting(bars, found, terms))),
            max(differences(slipped, by_vectorbt(bars, found, slipping, position))),
        ]
        worst = np.maximum(worst, apart)
    return worst, trades


def main():
    warnings.simplefilter("ignore")
    print("| rule | direction | execution | trades | plain loop | backtesting.py | vectorbt |")
    print("|---|---|---|---|---|---|---|")
    for rule in RULES:
        for direction in ("longonly", "longshort"):
            for execution in ("close", "next_open"):
                worst, trades = largest(rule.name, direction, execution)
                cells = " | ".join(f"{value:.0e}" if value else "0" for value in worst)
                print(f"| {rule.name} | {direction} | {execution} | {trades} | {cells} |")


if __name__ == "__main__":
    main()
