"""The limitations that a result carries: each a code, a sentence and its number."""

from collections.abc import Iterable, Mapping

from .columns import NO_TIME
from .datasets import Finding
from .ports.engine import Outcome
from .result import Caveat, Metrics
from .terms import Terms

ENOUGH_TRADES = 30
LARGEST_SHARE = 0.20

_UNFILLED = {
    "no_cash_for_one_share": "{n} bars signalled a trade for which the budget does not pay one share",
    "already_long": "{n} bars signalled to buy while the position was long already",
    "already_short": "{n} bars signalled to sell while the position was short already",
    "nothing_to_sell": "{n} bars signalled to sell while there was nothing to sell",
    "no_bar_left": "{n} signal on the last bar had no next bar to be filled at",
    "trading_ended": "{n} bars signalled after trading had ended",
}


def caveats(
    terms: Terms,
    metrics: Metrics,
    outcome: Outcome,
    *,
    findings: Iterable[Finding] = (),
    next_open_return: float | None = None,
) -> tuple[Caveat, ...]:
    """Return every limitation of a result, the most serious first.

    `next_open_return` is the total return in percent that execution at the next open would give.
    """
    found: list[Caveat] = []
    if outcome.ended_at is not None:
        left, bars = outcome.equity[-1], len(outcome.equity) - 1 - outcome.ended_at
        sentence = (
            "The equity of a short position was gone: it was bought back at that close, "
            f"{left:,.2f} is left, and trading ended {bars:,} bars before the end."
        )
        found.append(Caveat("TRADING_ENDED", sentence))
    if terms.execution == "close":
        found.append(_look_ahead(metrics, next_open_return))
    found.extend(_about_trades(metrics, outcome))
    for reason, count in outcome.unfilled.items():
        if reason != "trading_ended" or outcome.ended_at is not None:
            found.append(Caveat(f"UNFILLED_{reason.upper()}", _UNFILLED[reason].format(n=f"{count:,}") + "."))
    if terms.fee_rate == 0 and terms.slippage_bps == 0:
        found.append(Caveat("NO_COSTS", "Fees and slippage are 0: a real account would earn less."))
    for finding in findings:
        found.append(Caveat(f"DATA_{finding.code}", f"In the data of this run: {finding.message}"))
    return tuple(found)


def _look_ahead(metrics: Metrics, next_open_return: float | None) -> Caveat:
    sentence = "Trades are filled at the close of the bar that signals them, which nobody can do exactly."
    here = metrics.get("total_return_pct")
    if next_open_return is not None and here is not None:
        sentence += (
            f" Filled at the next open, the total return is {next_open_return:.2f} % instead of {here:.2f} %."
        )
    return Caveat("EXECUTION_AT_SIGNAL_CLOSE", sentence)


def _about_trades(metrics: Metrics, outcome: Outcome) -> Iterable[Caveat]:
    closed = int(metrics.get("num_trades") or 0)
    if closed < ENOUGH_TRADES:
        sentence = (
            f"{closed} closed trades are too few to tell skill from luck; {ENOUGH_TRADES} are a minimum."
        )
        yield Caveat("FEW_TRADES", sentence)
    share = _largest_share(outcome.trades)
    if share is not None and share > LARGEST_SHARE:
        yield Caveat("ONE_TRADE_DOMINATES", f"{share:.0%} of the profit comes from one trade.")
    exits = outcome.trades["exit_timestamp"]
    if len(exits) and exits[-1] == NO_TIME:
        pnl = outcome.trades["pnl_abs"][-1]
        yield Caveat(
            "OPEN_POSITION", f"A position is open at the end, marked to the last close: {pnl:+,.2f}."
        )


def _largest_share(trades: Mapping[str, memoryview]) -> float | None:
    """Return the share of the best closed trade in the net profit of all, None without a profit."""
    closed = [p for p, end in zip(trades["pnl_abs"], trades["exit_timestamp"], strict=True) if end != NO_TIME]
    net = sum(closed)
    return max(closed) / net if closed and net > 0 else None
