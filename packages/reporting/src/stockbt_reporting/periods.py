"""Returns by calendar month and year (UTC), as a heat map shows them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class YearOfReturns:
    """One calendar year: its return, and those of January to December, in percent.

    A month without a bar, or one that begins with no equity left, is None.
    """

    year: int
    return_pct: float | None
    months: tuple[float | None, ...]


def period_returns(time: npt.ArrayLike, equity: npt.ArrayLike, capital: float) -> tuple[YearOfReturns, ...]:
    """Return every calendar year from the first bar to the last.

    A period's return is its last equity over the last equity of the period before it, minus 1; the first
    one starts from `capital`, so that the months, and the years, compound to `total_return_pct` exactly.
    """
    values = np.asarray(equity, dtype=np.float64)
    if not len(values):
        return ()
    moments = np.asarray(time, dtype=np.int64).astype("M8[us]")
    years = moments.astype("M8[Y]").astype(np.int64) + 1970
    months = moments.astype("M8[M]").astype(np.int64)
    by_month = _returns(months, values, capital)
    by_year = _returns(years, values, capital)
    return tuple(
        YearOfReturns(
            year,
            by_year.get(year),
            tuple(by_month.get((year - 1970) * 12 + month) for month in range(12)),
        )
        for year in range(int(years[0]), int(years[-1]) + 1)
    )


def _returns(
    period: npt.NDArray[np.int64], values: npt.NDArray[np.float64], capital: float
) -> dict[int, float]:
    """Return each period's return in percent by its number; none where it begins with nothing."""
    last = np.append(np.flatnonzero(np.diff(period)), len(period) - 1)
    ends = values[last].tolist()
    starts = [capital, *ends[:-1]]
    return {
        int(number): (end / start - 1.0) * 100.0
        for number, start, end in zip(period[last], starts, ends, strict=True)
        if start > 0.0
    }
