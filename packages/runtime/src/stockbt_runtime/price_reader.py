"""The price reader, imported when the first file comes: answering /health needs no numpy."""

from collections.abc import Iterable

from stockbt_domain.ports import PriceFile


def read_bars(content: Iterable[bytes], *, timeframe: str, adjust: bool) -> PriceFile:
    """Return the bars and findings of a CSV file. Raises InvalidInput."""
    from stockbt_market_data.price_file import read_price_file

    return read_price_file(content, timeframe=timeframe, adjust=adjust)
