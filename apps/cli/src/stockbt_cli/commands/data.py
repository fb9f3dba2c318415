"""`stockbt data`: price files in, and what there is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from ..options import json_and_server, open_backend, this_machine
from ..printing import print_json, print_pairs, print_table, say


@click.group()
def data() -> None:
    """Import price files and list the instruments that there are."""


@data.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--ticker", required=True, help="Name of the instrument, such as AAPL.")
@click.option("--timeframe", default="1d", show_default=True, metavar="[1d|1h|5m]", help="Length of a bar.")
@click.option("--adjust", is_flag=True, help="Scale open, high, low and close by Adj Close / Close.")
@json_and_server
def import_file(
    file: Path, ticker: str, timeframe: str, adjust: bool, server: str | None, as_json: bool
) -> None:
    """Import a CSV file of prices as the newest data of a ticker; the same file again changes nothing."""
    with open_backend(server) as backend:
        dataset = backend.import_file(file, ticker=ticker, timeframe=timeframe, adjust=adjust)
    if as_json:
        print_json(dataset)
        return
    if dataset["known"]:
        say("the same file is there already; nothing was changed")
    _show(dataset)


@data.command()
def samples() -> None:
    """Import the sample instruments; those that are there already stay as they are."""
    from stockbt_runtime.first_start import import_samples

    with this_machine() as opened:
        import_samples(opened.bench.datasets)
        click.echo(f"there are {len(opened.bench.datasets.all())} instruments")


@data.command("list")
@json_and_server
def list_data(server: str | None, as_json: bool) -> None:
    """List the newest data of every instrument."""
    with open_backend(server) as backend:
        document = backend.datasets()
    if as_json:
        print_json(document)
        return
    rows = [
        (
            d["ticker"],
            d["timeframe"],
            d["first"],
            d["last"],
            f"{d['bars']:,}",
            d["data_hash"][:12],
            d["source"],
        )
        for d in document["datasets"]
    ]
    print_table(("ticker", "bars of", "first", "last", "bars", "hash", "source"), rows, right=(4,))


@data.command("show")
@click.argument("ticker")
@json_and_server
def show_data(ticker: str, server: str | None, as_json: bool) -> None:
    """Show an instrument's newest data, its quality findings, and its older versions."""
    with open_backend(server) as backend:
        document = backend.dataset(ticker)
    if as_json:
        print_json(document)
        return
    _show(document)
    for older in document["versions"][1:]:
        adjusted = ", adjusted" if older["adjusted"] else ""
        click.echo(
            f"older: {older['timeframe']} {older['first']} to {older['last']}{adjusted}, {older['data_hash']}"
        )


def _show(dataset: Mapping[str, Any]) -> None:
    print_pairs(
        (
            ("ticker", dataset["ticker"]),
            ("bars", f"{dataset['bars']:,} of {dataset['timeframe']}"),
            ("range", f"{dataset['first']} to {dataset['last']}"),
            ("adjusted", "yes" if dataset["adjusted"] else "no"),
            ("hash", dataset["data_hash"]),
            ("source", dataset["source"]),
            ("imported", dataset["imported_at"]),
        )
    )
    for finding in dataset["findings"]:
        click.echo(f"finding: {finding['message']}")
