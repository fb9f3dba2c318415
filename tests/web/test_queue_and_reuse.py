"""The queue and reused results over HTTP: what a client sees, and what it sets going."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from stockbt_web.app import make_app

from tests.domain.world import World

VALID = {"ticker": "AAPL", "rule_type": "MA_CROSS", "params": {"fast_period": 2, "slow_period": 5}}
REUSE = {**VALID, "reuse": True}


@pytest.fixture
def woken() -> list[str]:
    """Return a list that grows with each wish for a pass of the reconciler."""
    return []


@pytest.fixture
def client(app: Flask, world: World, woken: list[str]) -> FlaskClient:
    """Return a client of an app with one slot."""
    world.limit(1)
    services = replace(app.extensions["stockbt"], bench=world.bench, wake=lambda: woken.append("now"))
    return make_app(services).test_client()


def post(client: FlaskClient, body: dict[str, Any]) -> Any:
    """Submit a request and return its run's id."""
    return client.post("/run_backtest", json=body).json["run_id"]


def status(client: FlaskClient, run_id: str) -> Any:
    """Return the run."""
    return client.get(f"/status/{run_id}?series=none").json


def test_past_the_limit_a_run_is_accepted_and_waits(
    world: World, client: FlaskClient, woken: list[str]
) -> None:
    """It is PENDING, and the reconciler is asked to look whether a slot is free."""
    first = post(client, VALID)
    early = list(woken)
    second = post(client, {**VALID, "priority": "bulk"})

    assert (early, woken) == ([], ["now"])
    assert world.launcher.launched == [first]
    assert (status(client, second)["status"], status(client, second)["priority"]) == ("PENDING", "bulk")


def test_who_sees_a_succeeded_run_first_has_its_job_deleted(
    world: World, client: FlaskClient, woken: list[str]
) -> None:
    """In the background: a launcher that does not answer holds up no status."""
    run_id = post(client, VALID)
    world.execute(run_id)
    world.launcher.unavailable = True
    seen = status(client, run_id)["status"]
    asked = list(woken)
    world.launcher.unavailable = False
    world.reconcile()
    status(client, run_id)

    assert (seen, asked, woken) == ("SUCCEEDED", ["now"], ["now"])
    assert world.launcher.deleted == [run_id]


def test_a_cancelled_run_gives_its_slot_on(client: FlaskClient, woken: list[str]) -> None:
    """The reconciler is asked at once."""
    client.post(f"/api/runs/{post(client, VALID)}/cancel")

    assert woken == ["now"]


def test_an_answered_run_is_told_as_it_is(world: World, client: FlaskClient) -> None:
    """The client reads SUCCEEDED, the source, and the whole result, all its files too."""
    source = post(client, VALID)
    world.execute(source)
    answer = client.post("/run_backtest", json=REUSE)
    run_id = answer.json["run_id"]
    run = client.get(f"/status/{run_id}").json

    assert (answer.status_code, answer.json["status"]) == (202, "SUCCEEDED")
    assert (run["status"], run["reuse"], run["reuses"]) == ("SUCCEEDED", True, source)
    assert run["equity_curve"] == client.get(f"/status/{source}").json["equity_curve"]
    assert (
        client.get(f"/api/runs/{run_id}/equity.csv").data == client.get(f"/api/runs/{source}/equity.csv").data
    )
    assert client.get(f"/runs/{run_id}").status_code == 200


def test_a_run_that_waits_for_another_can_be_cancelled(world: World, client: FlaskClient) -> None:
    """It is an open run like every other."""
    first, second = post(client, REUSE), post(client, REUSE)
    waiting = status(client, second)
    ended = client.post(f"/api/runs/{second}/cancel").json
    world.execute(first)

    assert (waiting["status"], waiting["reuses"]) == ("PENDING", None)
    assert ended["error_code"] == "CANCELLED"
    assert status(client, first)["status"] == "SUCCEEDED"


@pytest.mark.parametrize("value", ["true", 1, None, []])
def test_reuse_is_true_or_false(client: FlaskClient, value: object) -> None:
    """Nothing else is taken for one of them."""
    (problem,) = client.post("/run_backtest", json={**VALID, "reuse": value}).json["errors"]

    assert (problem["field"], problem["code"], problem["allowed"]) == ("reuse", "WRONG_TYPE", [True, False])


def test_a_form_may_ask_for_reuse(world: World, client: FlaskClient) -> None:
    """A ticked box means true, one that is not ticked is not sent."""
    form = {"ticker": "AAPL", "rule_type": "MA_CROSS", "params.fast_period": "2", "params.slow_period": "5"}
    ticked = client.post("/run_backtest", data={**form, "reuse": "on"}).headers["Location"]
    plain = client.post("/run_backtest", data=form).headers["Location"]

    assert status(client, ticked.rpartition("/")[2])["reuse"] is True
    assert status(client, plain.rpartition("/")[2])["reuse"] is False


def test_runs_that_are_reproduced_in_bulk_keep_the_limit(world: World, client: FlaskClient) -> None:
    """From the list's page as from the API: one has the slot, the others wait in the queue."""
    first = post(client, VALID)
    world.execute(first)
    world.reconcile()
    world.launcher.launched.clear()
    for _ in range(3):
        client.post("/runs/actions", data={"action": "reproduce", "runs": first})

    assert len(world.launcher.launched) == 1
    assert len(world.runs.open_runs()) == 3
