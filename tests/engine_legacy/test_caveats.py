"""What a result has to say about itself: each limitation has a code, a sentence and its number."""

import pytest
from stockbt_domain.caveats import caveats
from stockbt_domain.datasets import Finding
from stockbt_engine_legacy import LegacyEngine
from stockbt_reporting.metrics import measure

from .market import bars_of, random_bars, terms_of

ENGINE = LegacyEngine()
CROSS = {"fast_period": 1, "slow_period": 2}
RISING_AND_FALLING = [10, 11, 12, 9, 8, 12, 13, 7, 6]
"""Two round trips of CROSS that end without a position."""


def said(bars, terms, **more):
    """Return the sentence of each code that a run carries."""
    outcome = ENGINE.run(bars, terms)
    metrics = measure(bars, terms, outcome, timeframe="1d")
    return {caveat.code: caveat.message for caveat in caveats(terms, metrics, outcome, **more)}


def test_a_fill_at_the_signal_s_close_tells_what_the_next_open_would_give():
    """The look-ahead caveat comes with both returns."""
    found = said(bars_of(RISING_AND_FALLING), terms_of(params=CROSS), next_open_return=-12.345)

    total = measure(
        bars_of(RISING_AND_FALLING),
        terms_of(params=CROSS),
        ENGINE.run(bars_of(RISING_AND_FALLING), terms_of(params=CROSS)),
        timeframe="1d",
    )["total_return_pct"]
    assert found["EXECUTION_AT_SIGNAL_CLOSE"].endswith(
        f"Filled at the next open, the total return is -12.35 % instead of {total:.2f} %."
    )


def test_a_fill_at_the_next_open_looks_ahead_at_nothing():
    """So there is nothing to tell."""
    found = said(bars_of(RISING_AND_FALLING), terms_of(params=CROSS, execution="next_open"))

    assert "EXECUTION_AT_SIGNAL_CLOSE" not in found


def test_fewer_than_thirty_closed_trades_are_too_few():
    """The number that there are, and the number that is needed."""
    found = said(bars_of(RISING_AND_FALLING), terms_of(params=CROSS))

    assert found["FEW_TRADES"] == ("2 closed trades are too few to tell skill from luck; 30 are a minimum.")
    assert "FEW_TRADES" not in said(random_bars(2_000), terms_of(params=CROSS))


def test_one_trade_with_more_than_a_fifth_of_the_profit_dominates():
    """Its share of the net profit of all closed trades."""
    bars = bars_of([10, 11, 12, 11, 10, 10.5, 20, 19, 18])
    outcome = ENGINE.run(bars, terms_of(params=CROSS))
    results = outcome.trades["pnl_abs"].tolist()

    found = said(bars, terms_of(params=CROSS))

    assert max(results) / sum(results) > 0.2
    assert found["ONE_TRADE_DOMINATES"] == (
        f"{max(results) / sum(results):.0%} of the profit comes from one trade."
    )


def test_losses_have_no_trade_that_dominates():
    """Without a profit there is no share of it."""
    found = said(bars_of([10, 11, 9, 10, 8, 9, 7]), terms_of(params=CROSS))

    assert "ONE_TRADE_DOMINATES" not in found


def test_an_open_position_tells_its_marked_result():
    """Marked to the last close."""
    found = said(bars_of([10, 9, 10, 11, 12]), terms_of(params=CROSS, initial_capital=1_000.0))

    assert found["OPEN_POSITION"] == "A position is open at the end, marked to the last close: +200.00."


@pytest.mark.parametrize(
    ("closes", "changes", "code", "sentence"),
    [
        (
            [10, 11, 12, 13, 9],
            {},
            "UNFILLED_ALREADY_LONG",
            "2 bars signalled to buy while the position was long already.",
        ),
        (
            [10, 9, 8, 7],
            {},
            "UNFILLED_NOTHING_TO_SELL",
            "3 bars signalled to sell while there was nothing to sell.",
        ),
        (
            [10, 9, 8, 7],
            {"direction": "longshort"},
            "UNFILLED_ALREADY_SHORT",
            "2 bars signalled to sell while the position was short already.",
        ),
        (
            [10, 11, 12],
            {"initial_capital": 5.0},
            "UNFILLED_NO_CASH_FOR_ONE_SHARE",
            "2 bars signalled a trade for which the budget does not pay one share.",
        ),
        (
            [10, 9, 11],
            {"execution": "next_open"},
            "UNFILLED_NO_BAR_LEFT",
            "1 signal on the last bar had no next bar to be filled at.",
        ),
    ],
)
def test_signals_that_could_not_be_filled_are_counted_by_reason(closes, changes, code, sentence):
    """ "Why are there no trades?" has an answer."""
    found = said(bars_of(closes), terms_of(params=CROSS, **changes))

    assert found[code] == sentence


def test_a_ruined_short_says_what_is_left_and_when_trading_ended():
    """The equity that is left, and the bars that were not traded any more, some of which signalled."""
    bars = bars_of([100, 101, 102, 150, 230, 50, 60, 40, 30])
    terms = terms_of("RSI", {"period": 2}, direction="longshort")
    outcome = ENGINE.run(bars, terms)

    found = said(bars, terms)

    assert found["TRADING_ENDED"] == (
        "The equity of a short position was gone: it was bought back at that close, "
        f"{outcome.equity[-1]:,.2f} is left, and trading ended 4 bars before the end."
    )
    count = outcome.unfilled["trading_ended"]
    assert found["UNFILLED_TRADING_ENDED"] == f"{count} bars signalled after trading had ended."
    assert next(iter(found)) == "TRADING_ENDED"


def test_a_run_without_costs_says_so():
    """Either cost is one."""
    free = said(bars_of(RISING_AND_FALLING), terms_of(params=CROSS))

    assert free["NO_COSTS"] == "Fees and slippage are 0: a real account would earn less."
    for cost in ({"fee_rate": 0.001}, {"slippage_bps": 1.0}):
        assert "NO_COSTS" not in said(bars_of(RISING_AND_FALLING), terms_of(params=CROSS, **cost))


def test_findings_in_the_data_of_the_run_are_told():
    """With their own code and words."""
    message = "9 sessions are missing after 2019-12-20"
    finding = Finding(code="GAP", message=message, count=1, line=42, date="2020-01-06")

    found = said(bars_of(RISING_AND_FALLING), terms_of(params=CROSS), findings=[finding])

    assert found["DATA_GAP"] == f"In the data of this run: {message}"
