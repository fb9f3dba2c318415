"""What is in Git is what runs: changes there, changes by hand, a revert, a broken commit, a growing load."""

import os
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import pytest
import yaml

from tests.e2e.platform import Platform
from tests.e2e.versions import next_version_of
from tests.waiting import until

from .argo import OVERLAY, Argo

REPAIR_SECONDS = 60


@pytest.fixture(scope="module")
def newer(argo: Argo, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The image of a version with one revision of the schema more, on every node."""
    return next_version_of(argo.platform.image(), argo.platform.cluster, tmp_path_factory.mktemp("next"))


@contextmanager
def a_commit(argo: Argo, message: str) -> Iterator[str]:
    """Push what was changed, and at the end a commit that takes it back."""
    commit = argo.push(message)
    try:
        yield commit
    finally:
        argo.git("revert", "--no-edit", commit)
        argo.git("push", "--quiet")
        argo.refresh()
        argo.follows(argo.git("rev-parse", "HEAD"))


def run_of(platform: Platform) -> dict[str, Any]:
    """Return a new run, once it has ended."""
    return platform.wait(platform.submit())


def test_everything_runs_as_git_says(argo: Argo) -> None:
    """In the order of the waves; nothing is out of sync, and a run goes through its Job."""
    argo.follows(argo.git("rev-parse", "HEAD"))
    run = run_of(argo.platform)
    migration = argo.platform.read("job", f"migration-{run['image_tag']}")
    web = argo.platform.read("deployment", "web")

    assert (run["status"], run["image_tag"]) == ("SUCCEEDED", argo.platform.image().rpartition(":")[2])
    assert migration["status"]["completionTime"] <= web["metadata"]["creationTimestamp"]


def test_a_new_tag_in_git_is_rolled_out_and_a_revert_brings_the_old_one_back(argo: Argo, newer: str) -> None:
    """The migration goes before; after the revert the old version works on the newer schema."""
    older = argo.platform.image()
    commit = argo.promote(newer)
    argo.follows(commit, deadline=420)
    with_new = run_of(argo.platform)

    env = {**os.environ, "PUSH": "1", "OVERLAY": OVERLAY}
    done = subprocess.run(
        [argo.work / "k8s" / "rollback"], cwd=argo.work, env=env, capture_output=True, text=True
    )
    argo.refresh()
    argo.follows(argo.git("rev-parse", "HEAD"), deadline=420)
    with_old = run_of(argo.platform)

    assert done.returncode == 0, done.stderr
    assert (with_new["status"], with_new["image_tag"]) == ("SUCCEEDED", newer.rpartition(":")[2])
    assert (with_old["status"], with_old["image_tag"]) == ("SUCCEEDED", older.rpartition(":")[2])
    assert with_new["result_hash"] == with_old["result_hash"]
    assert argo.platform.image() == older


def _web_has_its_limit(platform: Platform) -> bool:
    (container,) = platform.read("deployment", "web")["spec"]["template"]["spec"]["containers"]
    return str(container["resources"]["limits"]["memory"]) == "1Gi"


def _web_has_its_service(platform: Platform) -> bool:
    return platform.read("service", "web") is not None


def _worker_reaches_mysql_and_dns_only(platform: Platform) -> bool:
    return len(platform.read("networkpolicy", "worker")["spec"]["egress"]) == 2


@pytest.mark.parametrize(
    ("by_hand", "as_it_was"),
    [
        ("set resources deployment/web --containers=web --limits=memory=2Gi", _web_has_its_limit),
        ("delete service web", _web_has_its_service),
        (
            "patch networkpolicy worker --type=json --patch="
            '\'[{"op": "add", "path": "/spec/egress/-", "value": {}}]\'',
            _worker_reaches_mysql_and_dns_only,
        ),
    ],
    ids=["deployment", "service", "networkpolicy"],
)
def test_what_is_changed_by_hand_is_put_back(
    argo: Argo, by_hand: str, as_it_was: Callable[[Platform], bool]
) -> None:
    """Within a minute, and nobody has to ask."""
    argo.follows(argo.git("rev-parse", "HEAD"))
    before = as_it_was(argo.platform)
    argo.platform.kubectl(*shlex.split(by_hand))

    assert before
    until(lambda: as_it_was(argo.platform), REPAIR_SECONDS, f"`{by_hand}` is undone")


def test_jobs_of_runs_are_none_of_argo_cds(argo: Argo) -> None:
    """A failed run's Job outlives a sync that prunes, and is no resource of the Application."""
    run_id = argo.platform.submit(start_date="2010-01-02", end_date="2010-01-03")
    argo.platform.wait(run_id)
    job = argo.platform.job(run_id)
    extra = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "of-a-test", "namespace": "stock-backtest"},
    }
    path = argo.work / OVERLAY / "kustomization.yaml"
    kustomization = yaml.safe_load(path.read_text())
    (argo.work / OVERLAY / "extra.yaml").write_text(yaml.safe_dump(extra))
    kustomization["resources"].append("extra.yaml")
    path.write_text(yaml.safe_dump(kustomization, sort_keys=False))
    with a_commit(argo, "One object more") as commit:
        argo.follows(commit)
        assert argo.platform.read("configmap", "of-a-test") is not None
    pruned = argo.platform.read("configmap", "of-a-test")
    known = {(r["kind"], r["name"]) for r in argo.application()["status"]["resources"]}

    assert pruned is None
    assert argo.platform.job(run_id)["metadata"]["uid"] == job["metadata"]["uid"]
    assert "argocd" not in str(job["metadata"])
    assert {name for kind, name in known if kind == "Job" and name.startswith("worker-")} == set()


def test_a_broken_commit_stops_at_the_old_version_and_says_why(argo: Argo) -> None:
    """The sync fails, the reason is on the Application, and the version before goes on serving."""
    image = argo.platform.image()
    argo.patch(
        "broken.yaml",
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "stock-backtest"},
            "spec": {"selector": {"matchLabels": {"of": "a-test"}}},
        },
    )
    with a_commit(argo, "A broken manifest"):
        state = until(lambda: _failure(argo), 240, "the sync has failed")
        run = run_of(argo.platform)
        still = argo.platform.image()

    assert "field is immutable" in state
    assert run["status"] == "SUCCEEDED"
    assert still == image


def _failure(argo: Argo) -> str:
    """Return why the commit is not applied: the API server refused it when it was compared."""
    conditions = argo.application()["status"].get("conditions", ())
    return " ".join(c["message"] for c in conditions if c["type"] == "ComparisonError")


@pytest.mark.skipif(
    "INSTALL_METRICS" not in os.environ and not os.environ.get("CI"),
    reason="needs INSTALL_METRICS, a command that installs metrics-server into the kind cluster it is given",
)
def test_the_autoscaler_scales_web_and_argo_cd_lets_it(argo: Argo) -> None:
    """The number of replicas is not in Git: it grows under load and falls after it, and is no drift."""
    subprocess.run([*shlex.split(os.environ["INSTALL_METRICS"]), argo.platform.cluster], check=True)
    target = {"type": "AverageValue", "averageValue": "80m"}
    argo.patch(
        "eager.yaml",
        {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "web", "namespace": "stock-backtest"},
            "spec": {
                "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
                "behavior": {"scaleDown": {"stabilizationWindowSeconds": 15}},
            },
        },
    )

    def replicas() -> int:
        return int(argo.platform.read("deployment", "web")["spec"]["replicas"])

    with a_commit(argo, "An eager autoscaler") as commit:
        argo.follows(commit)
        with _load(argo.platform):
            until(lambda: replicas() > 2, 180, "the autoscaler adds webs")
            while_loaded = argo.standing()[:2]
        until(lambda: replicas() == 2, 240, "the autoscaler takes them away")

    assert while_loaded == (commit, "Synced")


@contextmanager
def _load(platform: Platform) -> Iterator[None]:
    """Ask for the dashboard all the time."""
    over = Event()

    def ask() -> None:
        while not over.is_set():
            try:
                platform.call("GET", "/")
            except OSError:
                time.sleep(0.1)

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
