"""The price files that come with the product."""

import gzip
import importlib.util
from importlib.resources import files
from pathlib import Path

import pytest
from stockbt_domain.bars import from_micros
from stockbt_domain.errors import DatasetNotFound
from stockbt_market_data.csv_reader import read_csv
from stockbt_market_data.samples import SAMPLES, open_sample

SCRIPT = Path(__file__).parents[2] / "packages" / "market-data" / "scripts" / "convert_samples.py"


@pytest.mark.parametrize("ticker", ["SP500", "NASDAQ"])
def test_a_sample_reads_as_twenty_years_of_daily_bars(ticker: str) -> None:
    """Nothing in it is wrong, and its first and last days are as documented."""
    bars = read_csv(open_sample(ticker), timeframe=SAMPLES[ticker].timeframe, adjust=True).bars

    assert len(bars) == 5031
    assert [f"{from_micros(bars.time[i]):%Y-%m-%d}" for i in (0, -1)] == ["1999-01-04", "2018-12-31"]


def test_an_unknown_sample_is_not_found() -> None:
    """The message says which there are, before anything is read."""
    with pytest.raises(DatasetNotFound, match="SP500, NASDAQ"):
        open_sample("../secrets")


def test_the_licence_travels_with_the_samples() -> None:
    """The NCSA licence asks for its notice in every copy."""
    text = files("stockbt_market_data").joinpath("samples", "README.md").read_text(encoding="utf-8")

    assert "Copyright (c) 2017 Kevin Sheppard" in text
    assert 'THE SOFTWARE IS PROVIDED "AS IS"' in text


@pytest.mark.parametrize("ticker", ["SP500", "NASDAQ"])
def test_the_script_makes_the_samples_from_their_source(ticker: str) -> None:
    """What is shipped is what the kept script gives."""
    pytest.importorskip("arch.data")
    spec = importlib.util.spec_from_file_location("convert_samples", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    name = script.SOURCES[ticker]
    source = files(f"arch.data.{name}").joinpath(f"{name}.csv.gz").read_bytes()
    made = script.converted(gzip.decompress(source).decode("ascii"))

    assert b"".join(open_sample(ticker)) == made.encode("ascii")
