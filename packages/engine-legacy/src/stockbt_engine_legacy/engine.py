"""The engine: bars and terms in, equity, trades and reasons out."""

from collections.abc import Mapping

from . import rules
from .contract import BarColumns, Columns, Result, TradingTerms, view
from .fills import Market, Stretches, Walk
from .ledger import Ledger

TRADE_FORMATS = {
    "trade_no": "q",
    "side": "b",
    "size": "d",
    "entry_timestamp": "q",
    "entry_price": "d",
    "entry_fees": "d",
    "exit_timestamp": "q",
    "exit_price": "d",
    "exit_fees": "d",
    "pnl_abs": "d",
    "pnl_pct": "d",
    "holding_period": "d",
}
ORDER_FORMATS = {"timestamp": "q", "signal": "b", "reason": "b", "quantity": "d", "price": "d"}


class LegacyEngine:
    """Whole-share, one-instrument backtests of the eight rules; the same bits on every processor."""

    name = "legacy"

    def signals(self, bars: BarColumns, rule_type: str, params: Mapping[str, int | float]) -> memoryview:
        """Return int8 (n,): +1 buy, -1 sell, 0 nothing. Raises UnsupportedTerms."""
        return view(rules.signals(Columns.of(bars), rule_type, params), "b")

    def run(self, bars: BarColumns, terms: TradingTerms) -> Result:
        """Return the outcome of `terms` on `bars`. Raises UnsupportedTerms."""
        columns = Columns.of(bars)
        market = Market.of(columns, terms)
        stretches = Stretches.of(rules.signals(columns, terms.rule_type, terms.params))
        walk = Walk(stretches, market, terms)
        ledger = Ledger(walk.fills(), walk)
        equity, position, cash = ledger.curves()
        trades, orders = ledger.trades(columns), ledger.orders(columns)
        return Result(
            view(equity, "d"),
            view(position, "d"),
            view(cash, "d"),
            {name: view(trades[name], format) for name, format in TRADE_FORMATS.items()},
            {name: view(orders[name], format) for name, format in ORDER_FORMATS.items()},
            ledger.unfilled(),
            ledger.ended_at,
        )
