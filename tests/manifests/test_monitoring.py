"""Alerts and dashboard: valid, about figures that web really gives, and silent while all is well."""

import json
import re
import runpy
import subprocess
from pathlib import Path

import pytest
import yaml
from flask.testing import FlaskClient

from tests.domain.world import World
from tests.programs import program
from tests.web.memory_app import memory_app

from .rendering import K8S

FOLDER = K8S / "components" / "monitoring"
GROUPS = yaml.safe_load((FOLDER / "prometheusrule.yaml").read_text())["spec"]["groups"]
RULES = [rule for group in GROUPS for rule in group["rules"]]
FOREIGN = re.compile(r"up|kube_\w+|kubelet_\w+|stockbt:[\w:]+")
"""Series of Prometheus, of Kubernetes' exporters, and our own recording rules."""


def series(query: str) -> set[str]:
    """Return the names of the series that a query asks for."""
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\b(?:by|ignoring|on|without) \([^)]*\)", "", query)
    return set(re.findall(r"[a-z_:]{2,}[a-z](?![\w:]*\s*\()", bare)) - {
        "and",
        "or",
        "unless",
        "ignoring",
        "type",
    }


def given(client: FlaskClient) -> set[str]:
    """Return the names of the series that web gives."""
    from stockbt_web.operations import (
        gauges,  # its gauges come with a database; their names are in its source
    )

    text = client.get("/metrics").get_data(as_text=True)
    counted = set()
    for name, kind in re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE):
        ends = ("_bucket", "_count", "_sum") if kind == "histogram" else ("",)
        counted |= {name + end for end in ends}
    return counted | set(re.findall(r'Gauge\(\s*"(\w+)"', Path(gauges.__file__).read_text()))


@pytest.fixture
def client() -> FlaskClient:
    """Return a client of the web app on ports in memory."""
    return memory_app(World()).test_client()


def test_rules_and_dashboard_ask_for_series_that_web_gives(client: FlaskClient) -> None:
    """An alert on a name that was changed would be silent for ever."""
    panels = json.loads((FOLDER / "dashboard.json").read_text())["panels"]
    queries = [rule["expr"] for rule in RULES] + [t["expr"] for panel in panels for t in panel["targets"]]
    known = given(client)
    unknown = {
        name
        for query in queries
        for name in series(query)
        if name not in known and not FOREIGN.fullmatch(name)
    }

    assert unknown == set()


def test_the_dashboard_is_what_its_source_writes() -> None:
    """Edited by hand, it would lose the edit the next time."""
    written = runpy.run_path(str(FOLDER / "dashboard.py"))["dashboard"]()

    assert json.loads((FOLDER / "dashboard.json").read_text()) == json.loads(json.dumps(written))


def test_every_alert_says_how_bad_it_is_and_what_to_do() -> None:
    """Whoever is called at night reads these two lines first."""
    alerts = [rule for rule in RULES if "alert" in rule]

    assert alerts
    assert all(rule["labels"]["severity"] in ("warning", "critical") for rule in alerts)
    assert all({"summary", "description"} <= rule["annotations"].keys() for rule in alerts)


def test_the_objectives_alert_when_they_are_missed_and_not_before(tmp_path: Path) -> None:
    """Asked of Prometheus' own rule tester."""
    promtool = program("promtool", "it comes with Prometheus")
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": GROUPS}))
    cases = (Path(__file__).parent / "alerts.yaml").read_text()
    (tmp_path / "alerts.yaml").write_text(cases)
    check = subprocess.run(
        [promtool, "check", "rules", "rules.yaml"], cwd=tmp_path, capture_output=True, text=True
    )
    test = subprocess.run(
        [promtool, "test", "rules", "alerts.yaml"], cwd=tmp_path, capture_output=True, text=True
    )

    assert check.returncode == 0, check.stdout + check.stderr
    assert test.returncode == 0, test.stdout + test.stderr
