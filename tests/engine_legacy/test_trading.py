"""Trading: the engine against a plain loop over the bars, for every combination of terms."""

from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stockbt_domain.columns import NO_TIME, ORDER_COLUMNS, ORDER_REASONS, TRADE_COLUMNS
from stockbt_domain.ports.engine import Engine
from stockbt_domain.rules import RULES
from stockbt_engine_legacy import LegacyEngine, UnsupportedTerms
from stockbt_engine_legacy.engine import ORDER_FORMATS, TRADE_FORMATS
from stockbt_engine_legacy.ledger import REASONS

from .market import bars_of, random_bars, terms_of
from .reference import Account
from .reference import signals as reference_signals

ENGINE: Engine = LegacyEngine()

COSTS = {"free": {}, "costly": {"fee_rate": 0.002, "slippage_bps": 7.0}}
SIZES = {
    "all in": {},
    "third": {"position_size": 33.0},
    "money": {"size_type": "value", "position_size": 2_500.0},
    "poor": {"initial_capital": 130.0},
}
TERMS = [
    pytest.param(
        {"direction": direction, "execution": execution} | size | cost,
        id="-".join((direction, execution, s, c)),
    )
    for direction, execution, (s, size), (c, cost) in product(
        ("longonly", "longshort"), ("close", "next_open"), SIZES.items(), COSTS.items()
    )
]


def assert_same(bars, terms, signals=None):
    """Compare everything an outcome says with the plain loop's account of it."""
    outcome = ENGINE.run(bars, terms)
    signals = reference_signals(bars, terms.rule_type, terms.params) if signals is None else signals
    account = Account(bars, terms).live(signals)
    near = {"rtol": 1e-9, "atol": 1e-7}

    np.testing.assert_array_equal(outcome.position, account.position)
    np.testing.assert_allclose(outcome.equity, account.equity, **near)
    np.testing.assert_allclose(outcome.cash, account.money, **near)
    assert outcome.ended_at == account.ended_at
    assert_same_trades(outcome, account, bars, near)
    changes = [
        (bars.time[at], *account.what[at])
        for at, wanted in enumerate(signals)
        if wanted and (at == 0 or signals[at - 1] != wanted)
    ]
    orders = {name: column.tolist() for name, column in outcome.orders.items()}
    assert orders["timestamp"] == [row[0] for row in changes]
    assert orders["signal"] == [row[1] for row in changes]
    assert [ORDER_REASONS[code] for code in orders["reason"]] == [row[2] for row in changes]
    assert orders["quantity"] == [row[3] for row in changes]
    np.testing.assert_allclose(orders["price"], [row[4] for row in changes], rtol=1e-12)
    assert dict(outcome.unfilled) == Counter(row[1] for row in account.what.values() if not row[2])
    return outcome


def assert_same_trades(outcome, account, bars, near):
    """Compare the trade list with the plain loop's."""
    trades = {name: np.asarray(column) for name, column in outcome.trades.items()}
    closed = [row for row in account.trades if len(row) > 4]
    count = len(account.trades)
    assert trades["trade_no"].tolist() == list(range(1, count + 1))
    assert (trades["side"] * trades["size"]).tolist() == [row[3] for row in account.trades]
    assert trades["entry_timestamp"].tolist() == [bars.time[row[0]] for row in account.trades]
    ends = [bars.time[row[4]] for row in closed]
    assert trades["exit_timestamp"].tolist() == ends + [NO_TIME] * (count - len(closed))
    for name, place in {"entry_price": 1, "entry_fees": 2}.items():
        np.testing.assert_allclose(trades[name], [row[place] for row in account.trades], **near)
    for name, place in {"exit_price": 5, "exit_fees": 6, "pnl_abs": 7}.items():
        np.testing.assert_allclose(trades[name][: len(closed)], [row[place] for row in closed], **near)


@pytest.mark.parametrize("changes", TERMS)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_trades_as_the_plain_loop_does_on_all_terms(rule, changes):
    """Equity, position, cash, trades, orders and unfilled signals are those of a loop over the bars."""
    bars = random_bars(700, seed=len(rule.name))

    outcome = assert_same(bars, terms_of(rule.name, **changes))

    assert len(outcome.orders["timestamp"]) > 0


MOVES = st.lists(st.tuples(st.integers(1, 400), st.integers(1, 400)), min_size=1, max_size=40)


@given(
    prices=MOVES,
    capital=st.sampled_from([90.0, 300.0, 1e4, 1e9]),
    fee=st.sampled_from([0.0, 0.01, 0.3]),
    slippage=st.sampled_from([0.0, 25.0, 900.0]),
    direction=st.sampled_from(["longonly", "longshort"]),
    execution=st.sampled_from(["close", "next_open"]),
    size=st.sampled_from([("percent", 100.0), ("percent", 7.5), ("value", 150.0)]),
)
@settings(max_examples=400, deadline=None)
def test_wild_prices_are_traded_as_the_plain_loop_does(
    prices, capital, fee, slippage, direction, execution, size
):
    """Ruined shorts, unaffordable shares and unfilled last signals come out as in the loop."""
    opens, closes = zip(*prices, strict=True)
    bars = bars_of(closes, open=opens)
    terms = terms_of(
        params={"fast_period": 1, "slow_period": 2},
        initial_capital=capital,
        fee_rate=fee,
        slippage_bps=slippage,
        direction=direction,
        execution=execution,
        size_type=size[0],
        position_size=size[1],
    )

    assert_same(bars, terms)


@pytest.mark.parametrize("execution", ["close", "next_open"])
def test_a_short_without_equity_is_bought_back_and_trading_ends(execution):
    """When the price doubles against a short the account stops, and later signals say so."""
    bars = bars_of([100, 101, 102, 150, 230, 50, 60, 40, 30])
    terms = terms_of("RSI", {"period": 2}, direction="longshort", execution=execution)

    outcome = assert_same(bars, terms)

    assert outcome.ended_at == 4
    assert outcome.position.tolist()[4:] == [0.0] * 5
    assert outcome.unfilled["trading_ended"] >= 2


def one_share_of(capital, execution="next_open"):
    """Return terms that turn with every bar, in both directions, with capital for about one share."""
    return terms_of(
        params={"fast_period": 1, "slow_period": 2},
        initial_capital=capital,
        direction="longshort",
        execution=execution,
    )


def test_a_short_of_one_share_can_ruin_too():
    """One share is enough to lose everything."""
    outcome = assert_same(bars_of([120, 110, 105, 300, 310]), one_share_of(120.0))

    assert (outcome.position[2], outcome.ended_at) == (-1, 3)


def test_a_short_with_nothing_left_is_ruined():
    """Equity of exactly zero at a close ends trading."""
    bars = bars_of([110, 100, 200, 190], open=[110, 100, 100, 200])
    outcome = assert_same(bars, one_share_of(100.0))

    assert (outcome.equity[2], outcome.ended_at) == (0.0, 2)


def test_a_short_is_ruined_only_by_closes_after_its_own_late_entry():
    """When two shorts were too dear at first, neither the dear bars nor the first one's count."""
    bars = bars_of([400, 110, 160, 80, 60, 80, 160, 80, 200, 80, 20, 100])
    outcome = assert_same(bars, one_share_of(120.0, execution="close"))

    assert outcome.ended_at is None


def test_the_close_that_signals_a_late_short_cannot_ruin_it():
    """Filled at the next open, the short is not there yet at that close."""
    bars = bars_of([1000, 900, 800, 90, 80, 70], open=[1000, 950, 850, 100, 88, 78])
    outcome = assert_same(bars, one_share_of(120.0))

    assert (outcome.position.tolist(), outcome.ended_at) == ([0, 0, 0, -1, -1, -1], None)


@pytest.mark.parametrize("capital", [95.8, 95.7])
def test_a_share_that_is_too_dear_is_bought_when_it_falls(capital):
    """A buy without cash for one share is tried again at every bar that still asks for it."""
    bars = bars_of([100, 90, 95, 96, 95.7, 97])
    terms = terms_of(params={"fast_period": 1, "slow_period": 3}, initial_capital=capital)

    outcome = assert_same(bars, terms)

    assert outcome.position.tolist() == [0, 0, 0, 0, 1, 1]
    assert dict(outcome.unfilled) == {"no_cash_for_one_share": 1, "already_long": 1}


def test_an_open_trade_is_marked_to_the_last_close():
    """The last trade, still open, has neither exit time nor price and no exit fee."""
    bars = bars_of([10, 11, 12, 15], step=6 * 3_600_000_000)
    terms = terms_of(params={"fast_period": 1, "slow_period": 2}, fee_rate=0.1, initial_capital=130.0)

    trade = {name: column[-1] for name, column in ENGINE.run(bars, terms).trades.items()}

    assert np.isnan(trade["exit_price"])
    assert trade["exit_timestamp"] == NO_TIME
    assert trade["exit_fees"] == 0.0
    assert trade["size"] == 10
    assert trade["pnl_abs"] == pytest.approx(40.0 - 11.0)
    assert trade["pnl_pct"] == pytest.approx(29.0 / 110.0 * 100)
    assert trade["holding_period"] == 0.5


@pytest.mark.parametrize("bars", [0, 1, 2])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_too_few_bars_for_a_signal_leave_the_capital_alone(rule, bars):
    """A history without a signal has a flat equity curve and empty tables."""
    outcome = ENGINE.run(random_bars(bars), terms_of(rule.name))

    assert outcome.equity.tolist() == [10_000.0] * bars
    assert all(len(column) == 0 for column in (*outcome.trades.values(), *outcome.orders.values()))
    assert dict(outcome.unfilled) == {}


def test_columns_have_the_port_s_names_formats_and_order():
    """Trades and orders are what the domain's port says, so are the reasons."""
    outcome = ENGINE.run(random_bars(400), terms_of("RSI"))

    assert {name: column.format for name, column in outcome.trades.items()} == TRADE_COLUMNS
    assert {name: column.format for name, column in outcome.orders.items()} == ORDER_COLUMNS
    assert list(outcome.trades) == list(TRADE_COLUMNS) == list(TRADE_FORMATS)
    assert list(outcome.orders) == list(ORDER_COLUMNS) == list(ORDER_FORMATS)
    assert REASONS == ORDER_REASONS
    assert all(column.c_contiguous for column in outcome.trades.values())
    assert ENGINE.signals(random_bars(9), "RSI", terms_of("RSI").params).format == "b"


@pytest.mark.parametrize(
    "changes",
    [{"direction": "shortonly"}, {"execution": "midday"}, {"size_type": "shares"}],
    ids=lambda changes: next(iter(changes)),
)
def test_a_term_the_engine_does_not_know_is_refused(changes):
    """UnsupportedTerms is a ValueError that names the term."""
    with pytest.raises(UnsupportedTerms, match=next(iter(changes.values()))):
        ENGINE.run(random_bars(30), terms_of("RSI", **changes))


def test_a_rule_the_engine_does_not_know_is_refused():
    """UnsupportedTerms names the rule."""
    with pytest.raises(UnsupportedTerms, match="ASTROLOGY"):
        ENGINE.signals(random_bars(30), "ASTROLOGY", {})


def test_the_engine_is_found_by_its_entry_point():
    """Anyone can load the engine by name from the group `stockbt.engines`."""
    from importlib.metadata import entry_points

    (point,) = entry_points(group="stockbt.engines", name="legacy")

    assert point.load() is LegacyEngine
    assert LegacyEngine().name == "legacy"
