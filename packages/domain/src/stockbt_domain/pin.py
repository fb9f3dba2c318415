"""Which bars a run is computed on, settled when it is submitted."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Pin:
    """The price file by its hash, whether its prices are adjusted, and the days of it, both included."""

    data_hash: str
    adjusted: bool
    start_date: date
    end_date: date
    timeframe: str
