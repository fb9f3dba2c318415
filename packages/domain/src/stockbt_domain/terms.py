"""What an engine is told to do, complete and canonical."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Terms:
    """A rule with every parameter, and the trading terms; defaults are filled in, aliases resolved.

    `fee_rate` is a fraction of traded value, `slippage_bps` basis points of the price;
    `position_size` is a percentage of cash (`size_type` "percent") or money ("value").
    `direction` is "longonly" or "longshort", `execution` "close" or "next_open".
    """

    rule_type: str
    params: Mapping[str, int | float]
    initial_capital: float
    fee_rate: float
    slippage_bps: float
    size_type: str
    position_size: float
    direction: str
    execution: str
