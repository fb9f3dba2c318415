"""Whoever is called at night finds every alert and every code in the guide."""

import re
from pathlib import Path

import yaml

from tests.documents.blocks import ROOT

GUIDE = (ROOT / "docs" / "ops-guide.md").read_text()
RULES = ROOT / "k8s" / "components" / "monitoring" / "prometheusrule.yaml"
CODES = re.compile(r'(?:_fail\([\w, ]*|code=|UserFailure\(|RunFailure\(|Cause\([\w., ]*)\s*"([A-Z][A-Z_]+)"')
SOURCES = (
    "packages/domain/src",
    "packages/adapters-k8s/src",
    "packages/adapters-local/src",
    "apps/worker/src",
)


def test_every_alert_has_its_runbook() -> None:
    """Under a heading of its name."""
    groups = yaml.safe_load(RULES.read_text())["spec"]["groups"]
    alerts = {rule["alert"] for group in groups for rule in group["rules"] if "alert" in rule}

    assert alerts == set(re.findall(r"^### (\w+)$", GUIDE, re.MULTILINE))


def test_every_code_that_a_run_can_fail_with_has_a_remedy() -> None:
    """Looked up in the sources that write codes onto rows."""
    texts = [path.read_text() for root in SOURCES for path in (ROOT / Path(root)).rglob("*.py")]
    written = {code for text in texts for code in CODES.findall(text)}
    told = set(re.findall(r"^\| `([A-Z_]+)` \|", GUIDE, re.MULTILINE))

    assert {"START_DEADLINE", "OUT_OF_MEMORY", "ENGINE_ERROR"} <= written
    assert written - told - {"NOT_ALLOWED", "REQUIRED", "WRONG_TYPE"} == set()
