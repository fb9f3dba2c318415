"""Accounting: no money appears or disappears."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stockbt_domain.rules import RULES
from stockbt_engine_legacy import LegacyEngine

from .market import columns_of, random_bars, terms_of

ENGINE = LegacyEngine()
EVERY_RULE = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)

TERMS = st.fixed_dictionaries(
    {
        "fee_rate": st.floats(0.0, 0.02),
        "slippage_bps": st.floats(0.0, 100.0),
        "direction": st.sampled_from(["longonly", "longshort"]),
        "execution": st.sampled_from(["close", "next_open"]),
        "position_size": st.floats(1.0, 100.0),
    }
)


@EVERY_RULE
@given(changes=TERMS, seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_the_trades_results_add_up_to_the_change_of_equity(rule, changes, seed):
    """Closed results plus the open one's mark are the last equity less the capital."""
    outcome = ENGINE.run(random_bars(500, seed=seed, noise=0.05), terms_of(rule.name, **changes))

    gained = np.asarray(outcome.trades["pnl_abs"]).sum()

    assert outcome.equity[-1] - 10_000.0 == pytest.approx(gained, abs=1e-7, rel=1e-9)


@EVERY_RULE
@given(changes=TERMS, seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_equity_is_cash_plus_shares_at_the_close(rule, changes, seed):
    """The three curves fit together at every bar."""
    bars = random_bars(500, seed=seed)

    outcome = ENGINE.run(bars, terms_of(rule.name, **changes))

    worth = np.asarray(outcome.position) * columns_of(bars)["close"] + np.asarray(outcome.cash)
    np.testing.assert_array_equal(worth, outcome.equity)


@EVERY_RULE
@pytest.mark.parametrize(
    "cost", [{"fee_rate": 0.003}, {"slippage_bps": 30.0}], ids=lambda cost: next(iter(cost))
)
@pytest.mark.parametrize("direction", ["longonly", "longshort"])
def test_costs_never_raise_the_result_of_the_same_trades(rule, cost, direction):
    """The same shares at the same bars earn less with a fee, and less with slippage."""
    bars = random_bars(1_500, seed=6)
    # One share at a time, so that costs change no size.
    terms = {"size_type": "value", "position_size": 20.0, "direction": direction, "initial_capital": 1e6}
    dear = columns_of(bars)["close"].max() * 1.05
    terms["position_size"] = dear
    cheap = ENGINE.run(bars, terms_of(rule.name, **terms))
    costly = ENGINE.run(bars, terms_of(rule.name, **(terms | cost)))

    same = np.asarray(cheap.position) == np.asarray(costly.position)

    if same.all():
        assert np.all(np.asarray(costly.equity) <= np.asarray(cheap.equity))
    assert costly.equity[-1] <= cheap.equity[-1]


@EVERY_RULE
def test_cash_never_pays_for_what_it_cannot(rule):
    """All in, fees and slippage included, a long never overdraws the account."""
    terms = terms_of(rule.name, fee_rate=0.01, slippage_bps=50.0)

    outcome = ENGINE.run(random_bars(2_000, seed=9), terms)

    assert min(outcome.cash) >= -1e-9
