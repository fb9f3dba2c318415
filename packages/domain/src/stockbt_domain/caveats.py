"""The limitations that a result carries: each a code, a sentence and its number."""

from collections.abc import Iterable, Mapping

from .columns import NO_TIME
from .datasets import Finding
from .figure_text import number_text
from .messages import Message
from .ports.engine import Outcome
from .result import Caveat, Metrics
from .terms import Terms

ENOUGH_TRADES = 30
LARGEST_SHARE = 0.20


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
        left_text, bars_text = number_text(left, "money"), number_text(bars, "count")
        found.append(Caveat.of(Message("TRADING_ENDED", left=left_text, bars=bars_text)))
    if terms.execution == "close":
        found.append(_look_ahead(metrics, next_open_return))
    found.extend(_about_trades(metrics, outcome))
    for reason, count in outcome.unfilled.items():
        if reason != "trading_ended" or outcome.ended_at is not None:
            found.append(Caveat.of(Message(f"UNFILLED_{reason.upper()}", n=f"{count:,}")))
    if terms.fee_rate == 0 and terms.slippage_bps == 0:
        found.append(Caveat.of(Message("NO_COSTS")))
    for finding in findings:
        found.append(Caveat(f"DATA_{finding.code}", Message("DATA", finding=finding.message)))
    return tuple(found)


def _look_ahead(metrics: Metrics, next_open_return: float | None) -> Caveat:
    here = metrics.get("total_return_pct")
    if next_open_return is None or here is None:
        return Caveat.of(Message("EXECUTION_AT_SIGNAL_CLOSE"))
    values = {"there": number_text(next_open_return, "percent"), "here": number_text(here, "percent")}
    return Caveat.of(Message("EXECUTION_AT_SIGNAL_CLOSE.measured", **values))


def _about_trades(metrics: Metrics, outcome: Outcome) -> Iterable[Caveat]:
    closed = int(metrics.get("num_trades") or 0)
    if closed < ENOUGH_TRADES:
        yield Caveat.of(Message("FEW_TRADES", count=closed, enough=ENOUGH_TRADES))
    share = _largest_share(outcome.trades)
    if share is not None and share > LARGEST_SHARE:
        yield Caveat.of(Message("ONE_TRADE_DOMINATES", share=f"{number_text(share * 100, 'count')}%"))
    exits = outcome.trades["exit_timestamp"]
    if len(exits) and exits[-1] == NO_TIME:
        pnl = outcome.trades["pnl_abs"][-1]
        yield Caveat.of(Message("OPEN_POSITION", profit=number_text(pnl, "money", signed=True)))


def _largest_share(trades: Mapping[str, memoryview]) -> float | None:
    """Return the share of the best closed trade in the net profit of all, None without a profit."""
    closed = [p for p, end in zip(trades["pnl_abs"], trades["exit_timestamp"], strict=True) if end != NO_TIME]
    net = sum(closed)
    return max(closed) / net if closed and net > 0 else None
