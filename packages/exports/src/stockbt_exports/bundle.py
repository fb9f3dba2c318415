"""A run as one archive that anybody can repeat: request, data, versions, results, hashes, and a script."""

import hashlib
import json
import platform
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import distributions
from importlib.resources import files
from typing import IO, Any

from stockbt_domain.documents.tables import TABLES, table
from stockbt_domain.result import Result
from stockbt_domain.run import Run

from .csv_tables import csv_lines

SCRIPT = "reproduce.py"
_LIBRARIES = ("numpy", "TA-Lib", "pandas", "SQLAlchemy", "matplotlib")

README = """\
The backtest {run_id}: {title}

  {script:<15} runs it again with the stockbt that is installed, on data.csv, and compares the hashes:
                  python {script}        (exit code 0: identical, 1: different, 3: it could not be run)
  request.json    the request, byte for byte as it was received
  run.json        the run: terms, figures, equity curve, trades, events, warnings, hashes
  data.csv        the price file, byte for byte as it was imported
  equity.csv, trades.csv, orders.csv
                  the tables of the result
  versions.json   what computed it, and what wrote this archive
  hashes.json     the run's hashes, and the SHA-256 of every file here

data_hash is the SHA-256 of data.csv. result_hash is computed over figures, equity curve and trades: the same
run_key gives the same result_hash on any machine. An engine whose engine_digest is another may differ.
"""


def write_bundle(
    file: IO[bytes], run: Run, result: Result, document: Mapping[str, Any], content: Iterable[bytes]
) -> None:
    """Write the archive of a succeeded run into `file`, the same bytes for the same run and versions.

    `document` is the run as `GET /status` gives it, `content` the price file that it was pinned to.
    """
    hashes: dict[str, str] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, pieces in _files(run, result, document, content):
            digest = hashlib.sha256()
            # Without a time of its own, an archive is the same whenever it is made.
            with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as member:
                for piece in pieces:
                    digest.update(piece)
                    member.write(piece)
            hashes[name] = digest.hexdigest()
        names = ("data_hash", "run_key", "result_hash", "engine_digest")
        sums = {**{name: document[name] for name in names}, "files": hashes}
        archive.writestr(zipfile.ZipInfo("hashes.json"), _json(sums), zipfile.ZIP_DEFLATED)


def _files(
    run: Run, result: Result, document: Mapping[str, Any], content: Iterable[bytes]
) -> Iterator[tuple[str, Iterable[bytes]]]:
    script = files(__package__).joinpath("bundled", SCRIPT).read_bytes()
    title = "".join(letter if letter.isprintable() else "?" for letter in run.title)
    yield "README.txt", [README.format(run_id=run.run_id, title=title, script=SCRIPT).encode()]
    yield SCRIPT, [script]
    yield "request.json", [run.request_text.encode("utf-8", "replace")]
    _, pin = run.work()
    yield "run.json", [_json({**document, "adjusted": pin.adjusted})]
    yield "data.csv", content
    yield "versions.json", [_json(_versions(document))]
    for name in TABLES:
        yield f"{name}.csv", csv_lines(*table(name, run, result))


def _versions(document: Mapping[str, Any]) -> dict[str, Any]:
    computed = ("engine", "engine_version", "engine_digest", "image_tag")
    ours = {
        found.name: found.version
        for found in distributions()
        if found.name.startswith("stockbt-") or found.name in _LIBRARIES
    }
    return {
        "computed_by": {name: document[name] for name in computed},
        "written_by": {"python": platform.python_version(), **dict(sorted(ours.items()))},
    }


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=1, allow_nan=False).encode() + b"\n"
