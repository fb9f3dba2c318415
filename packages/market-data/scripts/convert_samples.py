"""Makes the sample files from the data in the PyPI package `arch` (8.0.0). Run it where arch is installed.

    python packages/market-data/scripts/convert_samples.py

Only the dates change, from 1/4/1999 to 1999-01-04; every number stays as it is written there. The
output depends on nothing else, so running it again gives the same bytes.
"""

import gzip
import sys
from importlib.resources import files
from pathlib import Path

SOURCES = {"SP500": "sp500", "NASDAQ": "nasdaq"}
TARGET = Path(__file__).parent.parent / "src" / "stockbt_market_data" / "samples"


def converted(text: str) -> str:
    """Return the CSV with ISO dates."""
    header, *lines = text.splitlines()
    rows = []
    for line in lines:
        date, values = line.split(",", 1)
        month, day, year = date.split("/")
        rows.append(f"{year}-{month:0>2}-{day:0>2},{values}")
    return "\n".join([header, *rows, ""])


def main() -> None:
    """Write every sample."""
    for ticker, name in SOURCES.items():
        source = files(f"arch.data.{name}").joinpath(f"{name}.csv.gz").read_bytes()
        text = converted(gzip.decompress(source).decode("ascii"))
        packed = gzip.compress(text.encode("ascii"), compresslevel=9, mtime=0)
        (TARGET / f"{ticker}.csv.gz").write_bytes(packed)
        sys.stdout.write(f"{ticker}: {text.count(chr(10)) - 1} bars, {len(packed)} bytes\n")


if __name__ == "__main__":
    main()
