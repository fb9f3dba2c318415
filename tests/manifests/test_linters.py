"""Schema and good practice, by tools that know them; each exception is written beside what it concerns."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from .rendering import K8S, ROOT, rendered, rendered_text, worker_job

MANIFESTS = sorted(
    path
    for path in K8S.rglob("*.yaml")
    if path.name not in ("kustomization.yaml", "cluster.yaml")  # Kustomize's and kind's own kinds
    # Kinds of operators: 1.34 has no schema of them.
    and path.parent.name not in ("monitoring", "argocd", "external-secrets")
)
CHECKOV = ROOT / ".venv" / "checkov" / "bin" / "checkov"


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: str(path.relative_to(K8S)))
def test_a_manifest_is_valid(path: Path) -> None:
    """Strict: a misspelt key is an error."""
    for manifest in yaml.safe_load_all(path.read_text()):
        if path.parent.name in ("dev", "prod") and path.name in ("small.yaml", "size.yaml"):
            continue  # patches: no whole objects; what they make is rendered below
        kubernetes_validate.validate(manifest, "1.34", strict=True)


def test_a_rendered_overlay_is_valid(overlay: str) -> None:
    """With the worker's Job as web gets it."""
    for manifest in (*rendered(overlay), worker_job(overlay)):
        kubernetes_validate.validate(manifest, "1.34", strict=True)


def test_a_misspelt_key_is_seen() -> None:
    """The check checks."""
    job = worker_job("dev")
    job["spec"]["backOffLimit"] = 1

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(job, "1.34", strict=True)


def with_component(overlay: str, component: str, folder: Path) -> list[dict[str, Any]]:
    """Return the objects of an overlay that has taken in a component; `folder` is empty."""
    over, part = (
        os.path.relpath(K8S / p, folder) for p in (f"overlays/{overlay}", f"components/{component}")
    )
    (folder / "kustomization.yaml").write_text(yaml.safe_dump({"resources": [over], "components": [part]}))
    return list(yaml.safe_load_all(rendered_text(folder)))


def test_the_monitoring_component_fits(overlay: str, tmp_path: Path) -> None:
    """It is optional."""
    kinds = {manifest["kind"] for manifest in with_component(overlay, "monitoring", tmp_path)}

    assert {"ServiceMonitor", "PrometheusRule"} <= kinds


def test_the_tracing_component_fits(overlay: str, tmp_path: Path) -> None:
    """It is optional: all three kinds of pod learn the collector's address and may reach it."""
    manifests = {(o["kind"], o["metadata"]["name"]): o for o in with_component(overlay, "tracing", tmp_path)}
    policy = manifests["NetworkPolicy", "tracing"]["spec"]
    database = manifests["ConfigMap", "stockbt-database"]["data"]

    assert database["OTEL_EXPORTER_OTLP_ENDPOINT"].endswith(f":{policy['egress'][0]['ports'][0]['port']}")
    assert policy["podSelector"]["matchExpressions"][0]["values"] == ["web", "worker", "migration"]
    for manifest in manifests.values():
        kubernetes_validate.validate(manifest, "1.34", strict=True)


def test_checkov_finds_nothing_without_a_written_reason(overlay: str, tmp_path: Path) -> None:
    """Exceptions are annotations `checkov.io/skip...` of the object, each with its reason."""
    if not CHECKOV.exists():
        assert not os.environ.get("CI"), "CI needs checkov: make env"
        pytest.skip("needs checkov in .venv/checkov: make env")
    (tmp_path / "overlay.yaml").write_text(yaml.safe_dump_all((*rendered(overlay), worker_job(overlay))))
    command = [
        CHECKOV,
        "--directory",
        tmp_path,
        "--framework",
        "kubernetes",
        "--output",
        "json",
        "--skip-download",
    ]
    done = subprocess.run([*command, "--quiet"], capture_output=True, text=True, timeout=300)
    report = json.loads(done.stdout)
    findings = [
        f"{f['check_id']} {f['resource']}: {f['check_name']}" for f in report["results"]["failed_checks"]
    ]
    assert findings == []
    assert report["summary"]["parsing_errors"] == 0
    assert report["summary"]["passed"] > 100
