"""Peers: backtesting.py and vectorbt on real prices arrive at the same money."""

import warnings

import numpy as np
import pytest
from stockbt_domain.rules import RULES
from stockbt_engine_legacy import LegacyEngine

from .market import terms_of
from .peers import PARAMS, by_backtesting, by_vectorbt, differences, real_bars
from .reference import signals as reference_signals

COSTS = {
    ("backtesting.py", "sp500"): {"fee_rate": 0.001},
    ("backtesting.py", "nasdaq"): {"position_size": 60.0},
    ("vectorbt", "sp500"): {"fee_rate": 0.001, "slippage_bps": 10.0},
    ("vectorbt", "nasdaq"): {},
}
CASES = [
    pytest.param(*key, rule, direction, execution, id="-".join((*key, rule.name, direction, execution)))
    for key in COSTS
    for rule in RULES
    for direction in ("longonly", "longshort")
    for execution in ("close", "next_open")
]


@pytest.fixture(scope="module")
def prices():
    """The two indices, read once."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {name: real_bars(name) for name in ("sp500", "nasdaq")}


@pytest.mark.parametrize(("peer", "instrument", "rule", "direction", "execution"), CASES)
def test_a_peer_arrives_at_the_same_money(prices, peer, instrument, rule, direction, execution):
    """Equity at every bar, shares and result of every trade agree to nine digits."""
    bars = prices[instrument]
    changes = {"initial_capital": 1e6, "direction": direction, "execution": execution}
    if direction == "longshort":
        changes["position_size"] = 25.0  # all in, some shorts lose everything; peers end that otherwise
    terms = terms_of(rule.name, PARAMS.get(rule.name), **(COSTS[peer, instrument] | changes))
    signals = reference_signals(bars, rule.name, terms.params)
    outcome = LegacyEngine().run(bars, terms)

    if peer == "vectorbt":
        other = by_vectorbt(bars, signals, terms, np.asarray(outcome.position))
    else:
        other = by_backtesting(bars, signals, terms)

    assert len(outcome.trades["size"]) > 1
    assert max(differences(outcome, other)) < 1e-9
