"""The HTTP API of runs, as programs hold on to it."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from stockbt_domain.errors import LaunchRejected
from stockbt_domain.testing.launcher import MemoryLauncher

from tests.domain.world import World

VALID = {"ticker": "AAPL", "rule_type": "MA_CROSS", "params": {"fast_period": 2, "slow_period": 5}}


def post(client: FlaskClient, **headers: str) -> Any:
    """Submit a valid request."""
    return client.post("/run_backtest", json=VALID, headers=headers)


def finished(world: World, client: FlaskClient) -> str:
    """Submit a run, execute it, and return its id."""
    run_id: str = post(client).json["run_id"]
    world.execute(run_id)
    return run_id


def test_an_accepted_run_is_answered_with_its_addresses(client: FlaskClient) -> None:
    """202 with run_id, PENDING, and where to look."""
    answer = post(client)

    run_id = answer.json["run_id"]
    assert answer.status_code == 202
    assert answer.json == {
        "run_id": run_id,
        "status": "PENDING",
        "status_url": f"/status/{run_id}",
        "run_url": f"/runs/{run_id}",
    }
    assert answer.headers["Location"] == f"/status/{run_id}"


def test_a_bad_request_names_every_problem_and_its_run(client: FlaskClient) -> None:
    """400 as application/problem+json; the run can be looked up."""
    answer = client.post(
        "/run_backtest", json={"ticker": "NONE", "rule_type": "RSI", "fee_rate": "x", "z": 1}
    )

    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert {e["field"] for e in answer.json["errors"]} == {"ticker", "fee_rate", "z"}
    stored = client.get(f"/status/{answer.json['run_id']}").json
    assert (stored["status"], stored["error_kind"], stored["ticker"]) == ("FAILED", "user_error", "NONE")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b'{"a":' * 9000, b"null", b'"text"'])
def test_a_body_that_is_no_json_object_is_a_bad_request(client: FlaskClient, body: bytes) -> None:
    """Never a 500, whatever comes in."""
    answer = client.post("/run_backtest", data=body, content_type="application/json")

    assert answer.status_code == 400
    assert answer.json["errors"][0]["code"] == "INVALID_JSON"


def test_other_media_types_and_large_bodies_are_refused(client: FlaskClient) -> None:
    """415 and 413, as problem documents."""
    other = client.post("/run_backtest", data="ticker: AAPL", content_type="application/yaml")
    large = client.post("/run_backtest", data=b" " * 200_000, content_type="application/json")

    assert (other.status_code, other.mimetype) == (415, "application/problem+json")
    assert (large.status_code, large.mimetype) == (413, "application/problem+json")


def test_status_gives_the_whole_run(world: World, client: FlaskClient) -> None:
    """Every field of the contract is there, with the series and the events."""
    run = client.get(f"/status/{finished(world, client)}").json

    assert set(run) >= set(
        (
            "run_id status error_kind error_code error_message ticker rule_type rule_id params start_date "
            "end_date initial_capital fee_rate slippage_bps size_type position_size direction timeframe "
            "execution created_at started_at completed_at attempt launcher data_hash engine_version "
            "engine_digest image_tag run_key result_hash reproduces verdict warnings metrics equity_curve "
            "trades events "
        ).split()
    )
    assert run["status"] == "SUCCEEDED"
    assert run["equity_curve"]["time"][0] == "2020-01-01"
    assert len(run["equity_curve"]["equity"]) == 100
    assert [e["to"] for e in run["events"]] == ["PENDING", "RUNNING", "SUCCEEDED"]
    assert run["created_at"].endswith("Z")


def test_series_none_leaves_out_what_is_large(world: World, client: FlaskClient) -> None:
    """For polling."""
    run = client.get(f"/status/{finished(world, client)}?series=none").json

    assert "equity_curve" not in run and "trades" not in run
    assert run["metrics"]["num_trades"] == 0


def test_a_terminal_run_is_not_sent_twice(world: World, client: FlaskClient) -> None:
    """Its ETag answers 304; a run under way has none."""
    open_run = client.get(f"/status/{post(client).json['run_id']}")
    first = client.get(f"/status/{finished(world, client)}")
    again = client.get(first.request.path, headers={"If-None-Match": first.headers["ETag"]})

    assert "ETag" not in open_run.headers
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    "run_id", ["nothing", "../../etc", "00000000-0000-4000-8000-00000000ffff", "%00", "é"]
)
def test_a_run_id_that_is_none_is_not_found(client: FlaskClient, run_id: str) -> None:
    """404, as a problem document."""
    answer = client.get(f"/status/{run_id}")

    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_the_same_idempotency_key_answers_the_first_run(world: World, client: FlaskClient) -> None:
    """One key, one body, one run; another body is a conflict."""
    first, second = (post(client, **{"Idempotency-Key": "k"}).json["run_id"] for _ in range(2))
    other = client.post("/run_backtest", json={**VALID, "fee_rate": 0}, headers={"Idempotency-Key": "k"})

    assert first == second
    assert world.launcher.launched == [first]
    assert other.status_code == 409


def test_prefer_wait_holds_the_answer_until_the_run_ends(
    world: World, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It then answers as status does, and says that it did."""
    monkeypatch.setattr(MemoryLauncher, "launch", lambda launcher, run_id: world.execute(run_id))
    answer = post(client, Prefer="wait=20")

    assert (answer.status_code, answer.json["status"]) == (200, "SUCCEEDED")
    assert answer.headers["Preference-Applied"] == "wait=20"


def test_a_refused_launch_is_a_system_error_with_its_run(world: World, client: FlaskClient) -> None:
    """500, and the row has the reason."""
    world.launcher.failures.append(LaunchRejected("not allowed"))
    answer = post(client)

    assert answer.status_code == 500
    assert client.get(answer.json["status_url"]).json["error_code"] == "LAUNCH_REJECTED"


def test_the_list_pages_by_key_newest_first(world: World, client: FlaskClient) -> None:
    """Following `next` visits every run once."""
    made = []
    for _ in range(5):
        made.append(post(client).json["run_id"])
        world.clock.advance(1)
    page = client.get("/api/runs?limit=2").json
    seen = [run["run_id"] for run in page["runs"]]
    while page["next"] is not None:
        page = client.get(f"/api/runs?limit=2&cursor={page['next']}").json
        seen += [run["run_id"] for run in page["runs"]]

    assert seen == made[::-1]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "status=DONE", "cursor=%00", "colour=red"]
)
def test_a_bad_query_names_its_parameter(client: FlaskClient, query: str) -> None:
    """Unknown parameters are refused, never ignored."""
    answer = client.get(f"/api/runs?{query}")

    assert answer.status_code == 400
    assert answer.json["errors"][0]["field"] == query.split("=")[0]


def test_cancel_ends_an_open_run_and_refuses_an_ended_one(client: FlaskClient) -> None:
    """200 with the run; then 409."""
    run_id = post(client).json["run_id"]
    first, second = (client.post(f"/api/runs/{run_id}/cancel") for _ in range(2))

    assert (first.status_code, first.json["error_code"]) == (200, "CANCELLED")
    assert second.status_code == 409


def test_reproduce_makes_a_new_run_with_a_verdict(world: World, client: FlaskClient) -> None:
    """202, naming the old run; the verdict comes with its end."""
    run_id = finished(world, client)
    answer = client.post(f"/api/runs/{run_id}/reproduce")
    world.execute(answer.json["run_id"])

    assert (answer.status_code, answer.json["reproduces"]) == (202, run_id)
    assert client.get(answer.json["status_url"]).json["verdict"] == "identical"


def test_results_are_conflicts_until_there_is_one(world: World, client: FlaskClient) -> None:
    """409 while the run is under way; tables and pictures after."""
    open_id, done_id = post(client).json["run_id"], finished(world, client)
    names = ("equity.csv", "trades.csv", "orders.csv", "series", "trades", "orders", "charts/equity.svg")
    before = {client.get(f"/api/runs/{open_id}/{name}").status_code for name in names}
    after = {client.get(f"/api/runs/{done_id}/{name}").status_code for name in names}

    assert (before, after) == ({409}, {200})


def test_the_equity_file_has_a_row_for_every_bar(world: World, client: FlaskClient) -> None:
    """Full precision, one header."""
    lines = client.get(f"/api/runs/{finished(world, client)}/equity.csv").text.splitlines()

    assert lines[:2] == ["time,equity", "2020-01-01,100000.0"]
    assert len(lines) == 101
