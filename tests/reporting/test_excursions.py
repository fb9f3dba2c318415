"""Excursions: the worst and the best price of each trade, by a plain loop and by hand."""

import numpy as np
import pytest
from stockbt_domain.columns import NO_TIME, TRADE_COLUMNS
from stockbt_engine_legacy import LegacyEngine
from stockbt_reporting.excursions import excursions

from ..engine_legacy.market import bars_of, terms_of
from ..engine_legacy.peers import real_bars

HIGH = np.array([10.0, 12.0, 15.0, 14.0, 11.0, 10.0])
LOW = np.array([8.0, 9.0, 11.0, 9.0, 7.0, 6.0])
CLOSE = np.array([9.0, 10.0, 12.0, 10.0, 8.0, 7.0])


def market():
    """Return six bars."""
    return bars_of(CLOSE, open=CLOSE, high=HIGH, low=LOW)


def trade(side, entry, leave, entry_price, exit_price, size=2.0):
    """Return a trade list of one."""
    time = list(market().time)
    row = dict.fromkeys(TRADE_COLUMNS, 0)
    row |= {"side": side, "size": size, "entry_price": entry_price, "exit_price": exit_price}
    row |= {"entry_timestamp": time[entry], "exit_timestamp": NO_TIME if leave is None else time[leave]}
    kinds = {"q": np.int64, "b": np.int8, "d": np.float64}
    return {name: np.array([value], dtype=kinds[TRADE_COLUMNS[name]]).data for name, value in row.items()}


@pytest.mark.parametrize(
    ("side", "execution", "entry", "leave", "prices", "worst", "best"),
    [
        # Filled at the close: the entry's bar is over, the exit's bar was held.
        (1, "close", 1, 3, (10.0, 10.0), 9.0, 15.0),
        (-1, "close", 1, 3, (10.0, 10.0), 15.0, 9.0),
        # Filled at the open: the entry's bar was held, of the exit's bar only the fill.
        (1, "next_open", 1, 3, (10.0, 12.5), 9.0, 15.0),
        (1, "next_open", 2, 3, (12.0, 8.5), 8.5, 15.0),
        # An open trade is held to the last bar.
        (1, "close", 1, None, (10.0, np.nan), 6.0, 15.0),
        (-1, "next_open", 3, None, (10.0, np.nan), 14.0, 6.0),
        # Entered at the last close: no bar was held.
        (1, "close", 5, None, (7.0, np.nan), 7.0, 7.0),
        # Slippage may put a fill beyond the bar.
        (1, "close", 1, 2, (20.0, 12.0), 11.0, 20.0),
    ],
)
def test_excursions_are_of_the_prices_while_it_was_held(side, execution, entry, leave, prices, worst, best):
    """In percent of the entry price, and in money for the size."""
    found = excursions(trade(side, entry, leave, *prices), market(), execution=execution)

    adverse, favourable = (worst - prices[0]) * side, (best - prices[0]) * side
    assert found.mae_abs.tolist() == [adverse * 2]
    assert found.mfe_abs.tolist() == [favourable * 2]
    assert found.mae_pct.tolist() == [adverse / prices[0] * 100]
    assert found.mfe_pct.tolist() == [favourable / prices[0] * 100]


@pytest.mark.parametrize("execution", ["close", "next_open"])
@pytest.mark.parametrize("direction", ["longonly", "longshort"])
def test_a_plain_loop_finds_the_same_on_real_prices(execution, direction):
    """For every trade of a run, an open one included."""
    bars = real_bars("sp500")
    terms = terms_of(
        "MACD", direction=direction, execution=execution, position_size=25.0, initial_capital=1e6
    )
    trades = {name: np.asarray(c) for name, c in LegacyEngine().run(bars, terms).trades.items()}
    found = excursions({name: column.data for name, column in trades.items()}, bars, execution=execution)

    low, high, at_close = np.asarray(bars.low), np.asarray(bars.high), execution == "close"
    for row in range(len(trades["side"])):
        entry, leave = trades["entry_timestamp"][row], trades["exit_timestamp"][row]
        price, side = trades["entry_price"][row], trades["side"][row]
        time = np.asarray(bars.time)
        held = (time > entry) if at_close else (time >= entry)
        if leave != NO_TIME:
            held &= (time <= leave) if at_close else (time < leave)
        prices = [price, *low[held], *high[held]]
        prices += [] if leave == NO_TIME else [trades["exit_price"][row]]
        gains = (np.array(prices) - price) * side
        assert found.mae_abs[row] == pytest.approx(gains.min() * trades["size"][row])
        assert found.mfe_abs[row] == pytest.approx(gains.max() * trades["size"][row])


def test_no_trades_have_no_excursions():
    """Empty columns."""
    none = {
        name: np.empty(0, dtype={"q": "q", "b": "b", "d": "d"}[kind]).data
        for name, kind in TRADE_COLUMNS.items()
    }

    assert len(excursions(none, market(), execution="close").mae_pct) == 0
