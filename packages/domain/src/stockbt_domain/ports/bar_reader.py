"""The port to the reading of price files."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from ..bars import Bars
from ..datasets import Finding


@dataclass(frozen=True, slots=True, eq=False)
class PriceFile:
    """A read file: its bars, and the findings that do not make it wrong."""

    bars: Bars
    findings: tuple[Finding, ...]


class BarReader(Protocol):
    """Reads a CSV file of prices."""

    def __call__(self, content: Iterable[bytes], *, timeframe: str, adjust: bool) -> PriceFile:
        """Return the bars and findings. Raises InvalidInput with a problem for each wrong line."""
