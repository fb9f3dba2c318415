"""Whoever is called at night finds every alert and every code in the guide."""

import re

import yaml
from stockbt_domain.messages.failures import FAILURES
from stockbt_domain.messages.launches import LAUNCHES
from stockbt_domain.messages.message import kind_of

from tests.docs.blocks import ROOT

GUIDE = (ROOT / "docs" / "ops-guide.md").read_text()
RULES = ROOT / "k8s" / "components" / "monitoring" / "prometheusrule.yaml"


def test_every_alert_has_its_runbook() -> None:
    """Under a heading of its name."""
    groups = yaml.safe_load(RULES.read_text())["spec"]["groups"]
    alerts = {rule["alert"] for group in groups for rule in group["rules"] if "alert" in rule}

    assert alerts == set(re.findall(r"^### (\w+)$", GUIDE, re.MULTILINE))


def test_every_code_that_a_run_can_fail_with_has_a_remedy() -> None:
    """The catalogue has a sentence for each."""
    written = {kind_of(code) for code in (*FAILURES, *LAUNCHES)}
    told = set(re.findall(r"^\| `([A-Z_]+)` \|", GUIDE, re.MULTILINE))

    assert written - told == set()
