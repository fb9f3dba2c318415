"""The curves of a run over HTTP: JSON, and float64 columns for charts."""

import gzip
import json
import struct
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from stockbt_reporting.chart_data import COLUMNS, ROLLING_COLUMNS

from .real_world import BARS, RealWorld


@pytest.fixture
def world() -> RealWorld:
    """Return a product that trades."""
    return RealWorld()


def unpacked(content: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return header and columns of a binary answer, read as its description says."""
    (length,) = struct.unpack_from("<I", content)
    head = json.loads(content[4 : 4 + length])
    rows = head["rows"]
    start = 4 + length
    assert start % 8 == 0
    columns = {
        name: np.frombuffer(content, "<f8", rows, start + 8 * rows * number)
        for number, name in enumerate(head["columns"])
    }
    assert len(content) == start + 8 * rows * len(columns)
    return head, columns


def test_the_columns_are_those_of_the_run(world: RealWorld, client: FlaskClient) -> None:
    """Every bar of a short run, on one time axis, equal to what is stored."""
    run_id = world.finished()
    head, columns = unpacked(client.get(f"/api/runs/{run_id}/series.bin").data)

    result = world.runs.result(run_id)
    assert (head["columns"], head["rows"], head["bars"]) == (["time", *COLUMNS], BARS, BARS)
    assert columns["time"].tolist() == [t / 1e6 for t in result.equity_curve["time"]]
    assert columns["equity"].tolist() == result.equity_curve["equity"].tolist()
    for name in ("close", "position", "cash"):
        assert columns[name].tolist() == result.series[name].tolist()
    held = columns["position"] * columns["close"]
    assert columns["exposure"] == pytest.approx(held / columns["equity"] * 100)
    assert columns["buy_hold"] == pytest.approx(1e5 * columns["close"] / columns["close"][0])


def test_a_window_has_its_bars_alone(world: RealWorld, client: FlaskClient) -> None:
    """Both ends are included, and the drawdown is still that of the whole run."""
    url = f"/api/runs/{world.finished()}/series.bin"
    _, whole = unpacked(client.get(url).data)
    first, last = int(whole["time"][200]), int(whole["time"][299])
    head, part = unpacked(client.get(f"{url}?from={first}&to={last}&columns=drawdown,equity").data)

    assert (head["columns"], head["bars"]) == (["time", "drawdown", "equity"], 100)
    assert part["drawdown"].tolist() == whole["drawdown"][200:300].tolist()


def test_a_thinned_window_keeps_its_extremes(world: RealWorld, client: FlaskClient) -> None:
    """Of every column, though all share one time axis."""
    url = f"/api/runs/{world.finished()}/series.bin"
    _, whole = unpacked(client.get(url).data)
    head, thin = unpacked(client.get(f"{url}?points=50").data)

    assert head["bars"] == BARS
    assert head["rows"] <= 50
    assert np.all(np.diff(thin["time"]) > 0)
    for name in COLUMNS:
        assert (thin[name].min(), thin[name].max()) == (whole[name].min(), whole[name].max())


def test_an_answer_is_kept_by_the_browser_and_compressed(world: RealWorld, client: FlaskClient) -> None:
    """Its ETag answers 304, another window has another one, and gzip holds the same bytes."""
    url = f"/api/runs/{world.finished()}/series.bin"
    plain = client.get(url)
    zipped = client.get(url, headers={"Accept-Encoding": "gzip"})
    again = client.get(url, headers={"If-None-Match": plain.headers["ETag"]})
    other = client.get(f"{url}?points=50", headers={"If-None-Match": plain.headers["ETag"]})

    assert (again.status_code, again.data, other.status_code) == (304, b"", 200)
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped.data) == plain.data
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_rolling_figures_come_when_they_are_asked_for(world: RealWorld, client: FlaskClient) -> None:
    """Undefined before the window is full: NaN in columns, null in JSON."""
    url = f"/api/runs/{world.finished()}"
    names = ",".join(ROLLING_COLUMNS)
    _, columns = unpacked(client.get(f"{url}/series.bin?columns={names}&window=60").data)
    answer = client.get(f"{url}/series?columns={names}&window=60").json

    assert np.isnan(columns["rolling_sharpe"][:60]).all()
    assert not np.isnan(columns["rolling_volatility"][60:]).any()
    assert answer["rolling_volatility"][:60] == [None] * 60
    assert answer["rolling_volatility"][60:] == columns["rolling_volatility"][60:].tolist()
    assert (answer["bars"], answer["shown"]) == (BARS, BARS)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("points=3", "points"),
        ("points=x", "points"),
        ("columns=equity,volume", "columns"),
        ("columns=", "columns"),
        ("window=1", "window"),
        ("from=1.5", "from"),
        ("colour=red", "colour"),
    ],
)
def test_what_cannot_be_asked_is_named(world: RealWorld, client: FlaskClient, query: str, field: str) -> None:
    """400 with the parameter."""
    answer = client.get(f"/api/runs/{world.finished()}/series.bin?{query}")

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json["errors"]] == [field]


def test_a_window_without_bars_is_empty(world: RealWorld, client: FlaskClient) -> None:
    """Before the first bar there is nothing, which is no error."""
    head, columns = unpacked(client.get(f"/api/runs/{world.finished()}/series.bin?to=0").data)

    assert (head["rows"], head["bars"]) == (0, 0)
    assert len(columns["equity"]) == 0


def test_a_run_without_result_has_no_curves(world: RealWorld, client: FlaskClient) -> None:
    """409 while it runs, 404 where there is none."""
    run_id = world.submit().run.run_id

    assert client.get(f"/api/runs/{run_id}/series.bin").status_code == 409
    assert client.get(f"/api/runs/{run_id}/series").status_code == 409
    assert client.get("/api/runs/00000000-0000-4000-8000-00000000ffff/series.bin").status_code == 404
