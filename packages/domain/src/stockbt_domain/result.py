"""What a successful backtest leaves behind."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from .messages import Message
from .reproducibility import result_hash

Metrics = Mapping[str, float | int | None]
Columns = Mapping[str, memoryview]

RESULT_TABLES = ("equity_curve", "trades", "orders", "series")


@dataclass(frozen=True, slots=True)
class Caveat:
    """A limitation of the result that its reader should know, in a code and a sentence."""

    code: str
    message: str

    @classmethod
    def of(cls, message: Message) -> Self:
        """Return the caveat that a message tells."""
        return cls(message.kind, message)

    def as_json(self) -> dict[str, str]:
        """Return the warning as the API carries it."""
        return {"code": self.code, "message": self.message}


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """Metrics, equity curve and trades (hashed), and what the charts need beside them (not hashed).

    `equity_curve` has time (microseconds, int64) and equity (money, float64), `trades` TRADE_COLUMNS,
    `orders` ORDER_COLUMNS; `series` has close, position (shares held) and cash, float64, one value a bar.
    """

    metrics: Metrics
    equity_curve: Columns
    trades: Columns
    orders: Columns
    series: Columns
    warnings: tuple[Caveat, ...] = ()
    hash: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "hash", result_hash(self.metrics, self.equity_curve, self.trades))
