"""One instrument's price bars as columns."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """Return microseconds since 1970-01-01T00:00Z of an aware `moment`, exactly."""
    return (moment - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the aware UTC time that is `micros` after the epoch."""
    return EPOCH + timedelta(microseconds=micros)


def day_start(day: date) -> int:
    """Return the first microsecond of `day` in UTC."""
    return to_micros(datetime.combine(day, time(), tzinfo=UTC))


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """OHLCV bars, one entry per bar in every column.

    `time` holds int64 microseconds since the epoch in UTC, strictly increasing (a daily bar's is
    midnight of its date); the others hold float64. Memoryviews, so that a million bars are six
    blocks of memory whoever made them, and numpy reads them without a copy.
    """

    time: memoryview
    open: memoryview
    high: memoryview
    low: memoryview
    close: memoryview
    volume: memoryview

    def __len__(self) -> int:
        return len(self.time)

    def between(self, start: date, end: date) -> "Bars":
        """Return the bars from `start` to `end`, both days included, without copying them."""
        first = bisect_left(self.time, day_start(start))
        stop = bisect_left(self.time, day_start(end + timedelta(days=1))) if end < date.max else len(self)
        return Bars(
            self.time[first:stop],
            self.open[first:stop],
            self.high[first:stop],
            self.low[first:stop],
            self.close[first:stop],
            self.volume[first:stop],
        )
