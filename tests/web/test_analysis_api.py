"""What a run's page asks beyond its figures, over HTTP."""

import pytest
from flask.testing import FlaskClient
from stockbt_domain.errors import DatasetNotFound

from .real_world import BARS, RealWorld


@pytest.fixture
def world() -> RealWorld:
    """Return a product that trades."""
    return RealWorld()


def test_the_analysis_agrees_with_the_figures(world: RealWorld, client: FlaskClient) -> None:
    """The worst drawdown is the metric, the years compound to the total return, each figure is told."""
    run_id = world.finished()
    found = client.get(f"/api/runs/{run_id}/analysis").json

    metrics = world.runs.get(run_id).end.metrics
    growth = 1.0
    for year in found["periods"]:
        growth *= 1 + year["return_pct"] / 100
    assert found["drawdowns"][0]["depth_pct"] == pytest.approx(metrics["max_drawdown_pct"])
    assert max(fall["days"] for fall in found["drawdowns"]) == metrics["max_drawdown_days"]
    assert (growth - 1) * 100 == pytest.approx(metrics["total_return_pct"])
    assert [year["year"] for year in found["periods"]] == [2020, 2021]
    assert set(found["provenance"]) == set(metrics)
    assert found["provenance"]["sharpe_ratio"]["n"] == BARS - 1
    assert {peer["library"] for peer in found["provenance"]["calmar_ratio"]["peers"]} == {
        "QuantStats",
        "backtesting.py",
        "vectorbt",
    }


def test_intervals_hold_the_figures_and_repeat(world: RealWorld, client: FlaskClient) -> None:
    """Low below value below high, and the same numbers for the same result."""
    first, second = (client.get(f"/api/runs/{world.finished()}/analysis").json for _ in range(2))

    intervals = {i["name"]: i for i in first["uncertainty"]["intervals"]}
    assert set(intervals) == {"total_return_pct", "cagr", "sharpe_ratio", "max_drawdown_pct"}
    assert all(i["low"] < i["value"] < i["high"] for i in intervals.values())
    assert first["uncertainty"] == second["uncertainty"]


def test_trades_come_with_their_excursions(world: RealWorld, client: FlaskClient) -> None:
    """Never better than the best price nor worse than the worst; null when the prices are gone."""
    run_id = world.finished(execution="next_open")
    page = client.get(f"/api/runs/{run_id}/trades?offset=2&limit=3").json

    assert [trade["trade_no"] for trade in page["trades"]] == [3, 4, 5]
    for trade in page["trades"]:
        gross = trade["pnl_abs"] + trade["entry_fees"] + trade["exit_fees"]
        assert trade["mae_pct"] <= 0 <= trade["mfe_pct"]
        assert trade["mae_abs"] - 1e-9 <= gross <= trade["mfe_abs"] + 1e-9


def test_trades_whose_prices_are_gone_are_still_shown(
    world: RealWorld, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their excursions are null."""

    def gone(data_hash: str) -> None:
        raise DatasetNotFound(data_hash)

    run_id = world.finished()
    monkeypatch.setattr(world.datasets, "content", gone)
    page = client.get(f"/api/runs/{run_id}/trades?limit=1").json

    assert (page["trades"][0]["trade_no"], page["trades"][0]["mae_pct"]) == (1, None)


def test_without_a_result_there_is_nothing_to_analyse(world: RealWorld, client: FlaskClient) -> None:
    """409, and 400 for parameters that there are not."""
    run_id = world.submit().run.run_id

    assert client.get(f"/api/runs/{run_id}/analysis").status_code == 409
    assert client.get(f"/api/runs/{run_id}/analysis?x=1").status_code == 400
