"""What Prometheus is told: counts by few labels, and the state of the database as it is at the scrape."""

import re

from flask import Flask
from flask.testing import FlaskClient
from stockbt_domain.errors import LauncherUnavailable
from stockbt_web.operations.metrics import METHODS, CountedLauncher, count_pass

from tests.domain.world import World

BODY = {"ticker": "AAPL", "rule_type": "RSI"}


def figures(client: FlaskClient) -> dict[str, float]:
    """Return every sample of the exposition."""
    lines = client.get("/metrics").get_data(as_text=True).splitlines()
    return {
        name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")
    }


def grown(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """Return by how much each counter grew."""
    rise = {name: value - before.get(name, 0.0) for name, value in after.items()}
    return {name: by for name, by in rise.items() if by}


def test_requests_for_backtests_are_counted_by_rule_and_outcome(client: FlaskClient) -> None:
    """An alias counts as its rule; a rule that does not exist is one value, whatever was written."""
    before = figures(client)
    client.post("/run_backtest", json=BODY)
    client.post("/run_backtest", json={**BODY, "rule_type": "MA_CROSS"})
    client.post("/run_backtest", json={**BODY, "rule_type": "no such rule"})
    client.post("/run_backtest", json={**BODY, "fee_rate": 7})

    rise = grown(before, figures(client))
    assert {name: by for name, by in rise.items() if name.startswith("backtest_requests_total")} == {
        'backtest_requests_total{outcome="accepted",rule_type="RSI"}': 1,
        'backtest_requests_total{outcome="accepted",rule_type="MOVING_AVERAGE_CROSS"}': 1,
        'backtest_requests_total{outcome="invalid",rule_type="unknown"}': 1,
        'backtest_requests_total{outcome="invalid",rule_type="RSI"}': 1,
    }


def test_no_label_names_a_run_or_a_ticker(client: FlaskClient) -> None:
    """Paths are templates: a label that grows with use would fill the monitoring's disk."""
    run_id = client.post("/run_backtest", json=BODY).json["run_id"]
    client.get(f"/status/{run_id}")
    client.get("/api/datasets/AAPL")
    client.get("/nowhere/AAPL")
    text = client.get("/metrics").get_data(as_text=True)

    assert run_id not in text
    assert "AAPL" not in text
    assert 'route="/status/<run_id>"' in text
    assert 'route="other"' in text


def test_what_a_caller_makes_up_is_one_label(app: Flask, client: FlaskClient) -> None:
    """A label's value is kept for good: 1500 methods made the metrics 2.9 MB. Those of our routes have their
    own."""
    client.get("/nowhere")
    client.open("/runs", method="BREW")
    before = figures(client)
    for number in range(50):
        client.open("/runs", method=f"METHOD{number}")
        client.open(f"/nowhere/{number}", method=f"METHOD{number}")

    rise = grown(before, figures(client))
    assert {name for name in rise if name.startswith("http_requests_total")} == {
        'http_requests_total{method="other",route="other",status="404"}',
        'http_requests_total{method="other",route="other",status="405"}',
        'http_requests_total{method="GET",route="/metrics",status="200"}',
    }
    assert {method for rule in app.url_map.iter_rules() for method in rule.methods or ()} == METHODS


def test_an_ended_run_is_observed_once_and_in_its_parts(world: World, client: FlaskClient) -> None:
    """When its slot is taken back: the next pass finds nothing to observe."""
    before = figures(client)
    run_id = client.post("/run_backtest", json=BODY).json["run_id"]
    world.execute(run_id)
    world.launcher.vanish(run_id)
    for _ in range(2):
        count_pass(world.reconcile())

    rise = grown(before, figures(client))
    assert rise['backtest_duration_seconds_count{outcome="SUCCEEDED"}'] == 1
    assert {
        name: by for name, by in rise.items() if name.startswith("backtest_phase_duration_seconds_count")
    } == {
        f'backtest_phase_duration_seconds_count{{phase="{phase}"}}': 1 for phase in ("queue", "start", "run")
    }
    assert rise['reconciler_passes_total{outcome="done"}'] >= 2  # other tests' apps make passes too


def test_launches_are_counted_by_the_launchers_answer(world: World, client: FlaskClient) -> None:
    """What it raises still reaches the caller."""
    before = figures(client)
    counted = CountedLauncher(world.launcher)
    counted.launch("one")
    world.launcher.unavailable = True
    try:
        counted.launch("two")
    except LauncherUnavailable:
        reached = True

    rise = grown(before, figures(client))
    assert reached
    assert {name: by for name, by in rise.items() if re.match("job_launch_total", name)} == {
        'job_launch_total{outcome="started"}': 1,
        'job_launch_total{outcome="unknown"}': 1,
    }
