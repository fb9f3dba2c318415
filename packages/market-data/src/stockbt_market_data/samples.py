"""Price files that come with the product, so that a first backtest needs no data of one's own."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from stockbt_domain.errors import DatasetNotFound

PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample instrument; `source` says where its prices come from."""

    ticker: str
    title: str
    timeframe: str
    source: str


SOURCE = "sample: PyPI package arch 8.0.0 (NCSA licence)"
SAMPLES = {
    sample.ticker: sample
    for sample in (
        Sample("SP500", "S&P 500 index, 1999 to 2018", "1d", SOURCE),
        Sample("NASDAQ", "NASDAQ Composite index, 1999 to 2018", "1d", SOURCE),
    )
}
"""The samples by ticker."""


def open_sample(ticker: str) -> Iterator[bytes]:
    """Yield the sample's CSV in pieces, always the same bytes. Raises DatasetNotFound."""
    if ticker not in SAMPLES:
        raise DatasetNotFound(f"there is no sample {ticker!r}, only {', '.join(SAMPLES)}")
    return sample_pieces(ticker)


def sample_pieces(ticker: str) -> Iterator[bytes]:
    """Yield the decompressed file of a ticker in SAMPLES."""
    packed = files("stockbt_market_data").joinpath("samples", f"{ticker}.csv.gz")
    with packed.open("rb") as raw, gzip.open(raw) as text:
        while piece := text.read(PIECE):
            yield piece
