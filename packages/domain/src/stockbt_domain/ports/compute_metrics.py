"""The port to the figures that are derived from an engine's outcome."""

from typing import Protocol

from ..bars import Bars
from ..result import Metrics
from ..terms import Terms
from .engine import Outcome


class ComputeMetrics(Protocol):
    """Derives the metrics of a finished backtest."""

    def __call__(self, bars: Bars, terms: Terms, outcome: Outcome, *, timeframe: str) -> Metrics:
        """Return every metric by name; an undefined one is None, never NaN or infinity."""
