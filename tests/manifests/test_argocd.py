"""Argo CD's project and Application: no wider than what k8s/ needs, in the order that the parts need."""

from typing import Any

import pytest
import yaml

from .rendering import K8S, NAMESPACE, ROOT, rendered, rendered_text, worker_job

WAVE = "argocd.argoproj.io/sync-wave"
OPTIONS = "argocd.argoproj.io/sync-options"
CLUSTER_WIDE = {"Namespace", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"}


@pytest.fixture(scope="module")
def argocd() -> dict[str, Any]:
    """The project and the Application by kind."""
    return {o["kind"]: o for o in yaml.safe_load_all(rendered_text(K8S / "argocd"))}


def wave(manifest: dict[str, Any]) -> int:
    """Return the sync wave of an object; zero is Argo CD's own default."""
    return int(manifest["metadata"].get("annotations", {}).get(WAVE, "0"))


def group(manifest: dict[str, Any]) -> str:
    """Return the API group of an object, empty for the core's."""
    return str(manifest["apiVersion"].rpartition("/")[0])


def test_the_project_allows_the_kinds_of_k8s_and_no_others(overlay: str, argocd: dict[str, Any]) -> None:
    """One repository, one namespace; no Secret, since values are never in Git."""
    spec = argocd["AppProject"]["spec"]
    allowed = {
        (entry["group"], entry["kind"])
        for entry in (*spec["clusterResourceWhitelist"], *spec["namespaceResourceWhitelist"])
    }
    needed = {(group(o), o["kind"]) for o in rendered(overlay)}

    assert len(spec["sourceRepos"]) == 1
    assert spec["destinations"] == [
        {"server": "https://kubernetes.default.svc", "namespace": NAMESPACE},
    ]
    assert {entry["kind"] for entry in spec["clusterResourceWhitelist"]} == CLUSTER_WIDE
    assert needed <= allowed
    everywhere = {(group(o), o["kind"]) for name in ("dev", "prod") for o in rendered(name)}
    monitoring = {("monitoring.coreos.com", "ServiceMonitor"), ("monitoring.coreos.com", "PrometheusRule")}
    assert allowed <= everywhere | monitoring


def test_the_application_follows_main_and_mends_what_differs(argocd: dict[str, Any]) -> None:
    """From the project's repository into its namespace; nothing of the comparison is ignored."""
    project, application = argocd["AppProject"], argocd["Application"]
    spec = application["spec"]

    assert spec["project"] == project["metadata"]["name"]
    assert spec["source"]["repoURL"] in project["spec"]["sourceRepos"]
    assert spec["source"]["targetRevision"] == "main"
    assert (ROOT / spec["source"]["path"] / "kustomization.yaml").is_file()
    assert spec["destination"] in project["spec"]["destinations"]
    assert spec["syncPolicy"]["automated"] == {"prune": True, "selfHeal": True}
    assert "ignoreDifferences" not in spec
    assert "finalizers" not in application["metadata"]


def test_the_waves_are_namespace_policies_mysql_migration_web(overlay: str) -> None:
    """Each waits until the one before is healthy; a Job is when it has completed."""
    waves: dict[int, set[str]] = {}
    for manifest in rendered(overlay):
        waves.setdefault(wave(manifest), set()).add(manifest["kind"])
    named = {(o["kind"], o["metadata"]["name"]): wave(o) for o in rendered(overlay)}
    (migration,) = [
        at for (kind, name), at in named.items() if kind == "Job" and name.startswith("migration")
    ]

    assert sorted(waves) == [-4, -3, -2, -1, 0]
    assert waves[-4] == {"Namespace"}
    assert {"NetworkPolicy", "ResourceQuota", "Role", "ServiceAccount", "ConfigMap"} <= waves[-3]
    assert named["ValidatingAdmissionPolicy", "stockbt-worker-jobs"] == -3
    assert (named["StatefulSet", "mysql"], named["Service", "mysql"]) == (-2, -2)
    assert migration == -1
    assert named["Deployment", "web"] == 0


def test_what_holds_data_is_never_pruned(overlay: str) -> None:
    """Whatever becomes of Git: the namespace and MySQL stay."""
    kept = {
        (o["kind"], o["metadata"]["name"])
        for o in rendered(overlay)
        if "Prune=false" in o["metadata"].get("annotations", {}).get(OPTIONS, "")
    }

    assert kept == {("Namespace", NAMESPACE), ("StatefulSet", "mysql"), ("Service", "mysql")}


def test_the_jobs_of_runs_carry_no_mark_of_argo_cd(overlay: str) -> None:
    """Neither its tracking annotation nor the label that older settings track by."""
    job = worker_job(overlay)
    marks = {*job["metadata"]["labels"], *job["metadata"].get("annotations", {})}
    marks |= set(job["spec"]["template"]["metadata"]["labels"])

    assert {mark for mark in marks if "argocd" in mark or mark == "app.kubernetes.io/instance"} == set()
