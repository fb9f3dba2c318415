"""What computes, imported when it is first asked for: answering /health needs no numpy."""

from collections.abc import Iterable

from stockbt_domain.bars import Bars
from stockbt_domain.datasets import Finding
from stockbt_domain.ports import Outcome, PriceFile
from stockbt_domain.result import Metrics
from stockbt_domain.terms import Terms


def read_bars(content: Iterable[bytes], *, timeframe: str, adjust: bool) -> PriceFile:
    """Return the bars and findings of a CSV file. Raises InvalidInput."""
    from stockbt_market_data.price_file import read_price_file

    return read_price_file(content, timeframe=timeframe, adjust=adjust)


def examine(bars: Bars) -> tuple[Finding, ...]:
    """Return what is conspicuous about bars."""
    from stockbt_market_data.findings import findings

    return findings(bars)


def compute_metrics(bars: Bars, terms: Terms, outcome: Outcome, *, timeframe: str) -> Metrics:
    """Return every metric of a finished backtest by name."""
    from stockbt_reporting.metrics import measure

    return measure(bars, terms, outcome, timeframe=timeframe)
