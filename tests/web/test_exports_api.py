"""A run out of the page: JSON, Parquet, one HTML file, and an archive that repeats it."""

import hashlib
import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from arro3.io import read_parquet
from flask.testing import FlaskClient
from stockbt_domain.columns import ORDER_COLUMNS, TRADE_COLUMNS
from stockbt_domain.errors import DatasetNotFound
from stockbt_runtime.engines import engine_digest

from .real_world import BARS, RealWorld, prices

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'{{7*7}} =HYPERLINK(1)"
EXPORTS = (
    "run.json",
    "equity.parquet",
    "trades.parquet",
    "orders.parquet",
    "report.html",
    "bundle.zip",
    "equity.csv",
    "trades.csv",
    "orders.csv",
)


@pytest.fixture
def world() -> RealWorld:
    """Return a product that trades."""
    return RealWorld()


def get(client: FlaskClient, run_id: str, name: str) -> Any:
    """Return an export."""
    answer = client.get(f"/api/runs/{run_id}/{name}")
    assert answer.status_code == 200, answer.data[:500]
    return answer


def parquet(content: bytes) -> dict[str, list[Any]]:
    """Return a Parquet file's columns."""
    table = read_parquet(io.BytesIO(content)).read_all()
    return {name: table.column(name).to_pylist() for name in table.column_names}


def hostile(world: RealWorld, client: FlaskClient) -> str:
    """Return a finished run whose label, note and tags are hostile."""
    run_id = world.finished(label=json.dumps(HOSTILE)[1:-1])
    written = {"tags": [HOSTILE[:30]], "note": HOSTILE}
    assert client.put(f"/api/runs/{run_id}/annotations", json=written).status_code == 200
    return run_id


def test_the_whole_run_is_one_document(world: RealWorld, client: FlaskClient) -> None:
    """As its status, with the reasons log and the curves beside the equity."""
    run_id = world.finished()
    document = get(client, run_id, "run.json").json

    status = client.get(f"/status/{run_id}").json
    assert {name: document[name] for name in status} == status
    assert len(document["series"]["close"]) == len(document["equity_curve"]["equity"]) == BARS
    assert set(document["orders"][0]) == set(ORDER_COLUMNS)


def test_parquet_holds_what_is_stored(world: RealWorld, client: FlaskClient) -> None:
    """Every number to the last bit, times as times, an open trade's missing values as null."""
    run_id = world.finished()
    result = world.runs.result(run_id)
    equity = parquet(get(client, run_id, "equity.parquet").data)
    trades = parquet(get(client, run_id, "trades.parquet").data)
    orders = parquet(get(client, run_id, "orders.parquet").data)

    assert equity["equity"] == result.equity_curve["equity"].tolist()
    assert equity["time"][0].isoformat() == "2020-01-01T00:00:00+00:00"
    assert list(trades) == list(TRADE_COLUMNS)
    assert trades["pnl_abs"] == result.trades["pnl_abs"].tolist()
    assert set(trades["side"]) == {"BUY", "SELL"}
    assert (trades["exit_timestamp"][-1], trades["exit_price"][-1]) == (None, None)
    assert None not in trades["exit_timestamp"][:-1]
    assert {"opened_long", "reversed_to_short"} & set(orders["reason"])


def test_the_report_needs_no_network_and_runs_nothing(world: RealWorld, client: FlaskClient) -> None:
    """No address outside the file, no script, and hostile text as text."""
    run_id = hostile(world, client)
    answer = get(client, run_id, "report.html")
    page = answer.text

    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "<script" not in page
    assert "onerror=alert(2)&gt;" in page
    assert "{{7*7}}" in page
    addresses = re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?([^"' )>]{1,30})""", page.replace("src=x", ""))
    assert addresses
    assert all(address.startswith("data:image/svg+xml;base64,") for address in addresses)


def test_the_report_has_every_figure_trade_and_hash(world: RealWorld, client: FlaskClient) -> None:
    """With formulas, inputs, intervals, drawdowns, months and events."""
    run_id = world.finished()
    run = world.runs.get(run_id)
    page = get(client, run_id, "report.html").text

    assert page.count('<img src="data:image/svg+xml') == 5
    assert f"{run.end.metrics['sharpe_ratio']:,.2f}" in page
    for text in (
        run.run_key,
        run.end.result_hash,
        run.pin.data_hash,
        "Stationary bootstrap",
        "backtesting.py",
        "Jan",
    ):
        assert text is not None
        assert text in page
    assert page.count("<td>BUY</td>") + page.count("<td>SELL</td>") == len(
        world.runs.result(run_id).trades["size"]
    )


def test_a_report_of_a_run_that_never_traded_can_be_written(world: RealWorld, client: FlaskClient) -> None:
    """Undefined figures are n/a."""
    run_id = world.submit('{"ticker": "WALK", "rule_type": "RSI", "params": {"oversold": 1}}').run.run_id
    world.execute(run_id)
    page = get(client, run_id, "report.html").text

    assert "There are no trades." in page
    assert "n/a" in page


def test_no_csv_cell_is_text_of_a_user(world: RealWorld, client: FlaskClient) -> None:
    """So that a spreadsheet finds no formula: times, numbers and our own words alone."""
    run_id = hostile(world, client)
    cell = re.compile(r"-?[0-9][0-9.e+-]*|[0-9]{4}-[0-9]{2}-[0-9]{2}|[a-zA-Z_]*")

    for name in ("equity.csv", "trades.csv", "orders.csv"):
        text = get(client, run_id, name).text
        assert all(cell.fullmatch(part) for line in text.splitlines() for part in line.split(","))


def test_the_bundle_holds_request_data_and_hashes(world: RealWorld, client: FlaskClient) -> None:
    """Byte for byte, and each file hashes to what is said; the same run gives the same archive."""
    run_id = hostile(world, client)
    content = get(client, run_id, "bundle.zip").data
    again = get(client, run_id, "bundle.zip").data
    archive = zipfile.ZipFile(io.BytesIO(content))
    files = {name: archive.read(name) for name in archive.namelist()}
    hashes = json.loads(files.pop("hashes.json"))

    run = world.runs.get(run_id)
    assert content == again
    assert archive.testzip() is None
    assert files["data.csv"] == prices()
    assert files["request.json"].decode() == run.request_text
    assert hashes["files"] == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    assert (hashes["result_hash"], hashes["data_hash"]) == (run.end.result_hash, run.pin.data_hash)
    assert json.loads(files["run.json"])["note"] == HOSTILE
    assert {"README.txt", "reproduce.py", "versions.json", "equity.csv", "trades.csv"} <= set(files)


@pytest.mark.parametrize("change", ["none", "result", "data"])
def test_the_script_of_a_bundle_runs_it_again(
    world: RealWorld, client: FlaskClient, tmp_path: Path, change: str
) -> None:
    """Identical where nothing was changed, different for another result, refused for other data."""
    run_id = world.finished(execution="next_open", label="-x")
    zipfile.ZipFile(io.BytesIO(get(client, run_id, "bundle.zip").data)).extractall(tmp_path)
    if change == "result":
        run = json.loads((tmp_path / "run.json").read_text())
        (tmp_path / "run.json").write_text(json.dumps({**run, "result_hash": "0" * 64}))
    if change == "data":
        (tmp_path / "data.csv").write_bytes(prices() + b"\n")
    script = [sys.executable, str(tmp_path / "reproduce.py")]
    done = subprocess.run(script, capture_output=True, text=True, timeout=300)

    assert done.returncode == {"none": 0, "result": 1, "data": 3}[change], done.stdout + done.stderr
    if change != "data":
        said = {"none": "The result is identical.", "result": "The result is different."}[change]
        assert said in done.stdout
        assert engine_digest("legacy") in done.stdout


@pytest.mark.parametrize("name", EXPORTS)
def test_without_a_result_there_is_nothing_to_export(
    world: RealWorld, client: FlaskClient, name: str
) -> None:
    """409 while it runs, 404 where there is no run."""
    run_id = world.submit().run.run_id

    assert client.get(f"/api/runs/{run_id}/{name}").status_code == 409
    assert client.get(f"/api/runs/00000000-0000-4000-8000-00000000ffff/{name}").status_code == 404


def test_a_bundle_whose_data_is_gone_says_so(
    world: RealWorld, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """404 with the reason, and no broken archive."""

    def gone(data_hash: str) -> None:
        raise DatasetNotFound(f"there is no data with the hash {data_hash}")

    run_id = world.finished()
    monkeypatch.setattr(world.datasets, "content", gone)
    answer = client.get(f"/api/runs/{run_id}/bundle.zip")

    assert answer.status_code == 404
    assert "no data" in answer.json["detail"]
