"""Who may do what, and who reaches whom: asked of the real API server and tried from real pods."""

import json
import socket
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
import yaml
from stockbt_adapters_k8s.marks import OLD_RUN_LABEL, RUN_LABEL

from tests.waiting import until

from .platform import Platform

Job = dict[str, Any]
WEB = "system:serviceaccount:stock-backtest:web"
TARGETS = """
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor

def opens(target):
    try:
        socket.create_connection((target[1], target[2]), timeout=3).close()
    except OSError:
        return False
    return True

targets = json.loads(sys.argv[1])
with ThreadPoolExecutor(len(targets)) as pool:
    print(json.dumps([target[0] for target, open_ in zip(targets, pool.map(opens, targets)) if open_]))
"""


def worker_job(platform: Platform, *labels: str) -> Job:
    """Return the Job of a new run, as web would make it, with other labels for the run if some are named."""
    maps = platform.read("configmaps")["items"]
    text = next(
        m["data"]["worker-job-template.yaml"]
        for m in sorted(maps, key=lambda m: m["metadata"]["creationTimestamp"], reverse=True)
        if m["metadata"]["name"].startswith("worker-job-template-")
    )
    job: Job = yaml.safe_load(text)
    run_id = str(uuid.uuid4())
    job["metadata"]["name"] = f"worker-{run_id}"
    for metadata in (job["metadata"], job["spec"]["template"]["metadata"]):
        metadata["labels"] |= dict.fromkeys(labels or (RUN_LABEL, OLD_RUN_LABEL), run_id)
    _container(job)["env"][0]["value"] = run_id
    return job


def _pod(job: Job) -> dict[str, Any]:
    pod: dict[str, Any] = job["spec"]["template"]["spec"]
    return pod


def _container(job: Job) -> dict[str, Any]:
    container: dict[str, Any] = _pod(job)["containers"][0]
    return container


def refusal(platform: Platform, manifest: dict[str, Any], *who: str) -> str:
    """Return why the API server refuses this object, empty when it would take it; it makes nothing."""
    command = ["kubectl", "--context", f"kind-{platform.cluster}", "-n", platform.namespace, "create"]
    done = subprocess.run(
        [*command, "--dry-run=server", *who, "--filename", "-"],
        input=json.dumps(manifest),
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stderr if done.returncode else ""


def test_webs_account_has_four_verbs_on_jobs_and_nothing_else(platform: Platform) -> None:
    """What everybody may, to ask who they are and what the API server offers, is not of substance."""
    table = platform.kubectl("auth", "can-i", "--list", "--no-headers", f"--as={WEB}")
    rows = [line.split("[") for line in table.splitlines()]
    rights = {row[0].strip(): row[-1].strip(" ]") for row in rows if row[0].strip()}
    of_substance = {name: verbs for name, verbs in rights.items() if not name.startswith("selfsubject")}

    assert of_substance == {"jobs.batch": "create get list delete"}


@pytest.mark.parametrize("account", ["worker", "mysql", "migration"])
def test_the_other_accounts_have_no_right(platform: Platform, account: str) -> None:
    """Not even to see Jobs."""
    who = f"--as=system:serviceaccount:{platform.namespace}:{account}"
    table = platform.kubectl("auth", "can-i", "--list", "--no-headers", who)
    named = {line.split("[")[0].strip() for line in table.splitlines()} - {""}

    assert {name for name in named if not name.startswith("selfsubject")} == set()


@pytest.mark.parametrize(
    "labels",
    [(OLD_RUN_LABEL,), (RUN_LABEL, OLD_RUN_LABEL), (RUN_LABEL,)],
    ids=["the version before", "this version", "the next version"],
)
def test_the_policy_takes_a_worker(platform: Platform, labels: tuple[str, ...]) -> None:
    """As a web of each version makes it from the template: they live side by side in a rollout."""
    assert refusal(platform, worker_job(platform, *labels), f"--as={WEB}") == ""


CHANGES: dict[str, tuple[Callable[[Job], object], str]] = {
    "another image": (lambda j: _container(j).update(image="mysql:9.7"), "own image"),
    "an image whose name only begins like ours": (
        lambda j: _container(j).update(image="stockbt-evil:0123456789ab"),
        "own image",
    ),
    "a tag that moves": (lambda j: _container(j).update(image="stockbt:latest"), "own image"),
    "another command": (lambda j: _container(j).update(command=["sh"]), "stockbt-worker"),
    "no command": (lambda j: _container(j).pop("command"), "stockbt-worker"),
    "arguments": (lambda j: _container(j).update(args=["--help"]), "stockbt-worker"),
    "a command beside it": (
        lambda j: _container(j).update(lifecycle={"postStart": {"exec": {"command": ["sh"]}}}),
        "nothing beside it",
    ),
    "another ServiceAccount": (lambda j: _pod(j).update(serviceAccountName="web"), "ServiceAccount worker"),
    "no ServiceAccount": (lambda j: _pod(j).pop("serviceAccountName"), "ServiceAccount worker"),
    "a token": (lambda j: _pod(j).update(automountServiceAccountToken=True), "no token"),
    "a host path": (
        lambda j: _pod(j)["volumes"].append({"name": "host", "hostPath": {"path": "/"}}),
        "only volume",
    ),
    "a secret as a volume": (
        lambda j: _pod(j)["volumes"].append({"name": "s", "secret": {"secretName": "stockbt-mysql"}}),
        "only volume",
    ),
    "another secret": (
        lambda j: _container(j)["envFrom"].append({"secretRef": {"name": "stockbt-mysql"}}),
        "environment comes from",
    ),
    "a secret's key": (
        lambda j: _container(j)["env"].append(
            {"name": "HOME", "valueFrom": {"secretKeyRef": {"name": "stockbt-mysql", "key": "accounts.sql"}}}
        ),
        "only variable",
    ),
    "another variable": (
        lambda j: _container(j)["env"].append({"name": "LD_PRELOAD", "value": "/tmp/evil.so"}),
        "only variable",
    ),
    "another run's id": (lambda j: _container(j)["env"][0].update(value=str(uuid.uuid4())), "only variable"),
    "no label of a run": (
        lambda j: [j["metadata"]["labels"].pop(name) for name in (RUN_LABEL, OLD_RUN_LABEL)],
        "labelled with it",
    ),
    "the labels of two runs": (
        lambda j: j["metadata"]["labels"].update({OLD_RUN_LABEL: str(uuid.uuid4())}),
        "labelled with it",
    ),
    "another name": (lambda j: j["metadata"].update(name="worker-evil"), "worker-<run_id>"),
    "an init container": (
        lambda j: _pod(j).update(initContainers=[{**_container(j), "name": "first"}]),
        "one container",
    ),
    "a second container": (
        lambda j: _pod(j)["containers"].append({**_container(j), "name": "second"}),
        "one container",
    ),
    "the node's network": (lambda j: _pod(j).update(hostNetwork=True), "no part of its node"),
    "a node of its choice": (
        lambda j: _pod(j).update(nodeName="stockbt-control-plane"),
        "no part of its node",
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_the_policy_refuses_web_a_job_that_is_no_worker(platform: Platform, what: str) -> None:
    """Although RBAC would let it create any Job."""
    change, sentence = CHANGES[what]
    job = worker_job(platform)
    change(job)
    said = refusal(platform, job, f"--as={WEB}")

    assert "stockbt-worker-jobs" in said
    assert sentence in said


def test_a_pod_that_breaks_pod_security_is_refused(platform: Platform) -> None:
    """Whoever asks, the operator too."""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "privileged"},
        "spec": {
            "containers": [{"name": "shell", "image": "mysql:9.7", "securityContext": {"privileged": True}}]
        },
    }

    assert 'violates PodSecurity "restricted' in refusal(platform, pod)


def test_the_server_takes_every_rendered_manifest(platform: Platform) -> None:
    """Server-side validation knows more than a schema; a misspelt key is an error here too."""
    text = platform.kubectl("kustomize", "k8s/overlays/dev")
    objects = [o for o in yaml.safe_load_all(text) if o["kind"] != "Job"]  # a Job that is there cannot change
    said = platform.kubectl(
        "apply", "--dry-run=server", "--validate=strict", "--filename", "-", input=yaml.safe_dump_all(objects)
    )

    assert len(said.splitlines()) == len(objects)


@pytest.fixture(scope="module")
def outside(platform: Platform) -> Iterator[tuple[str, int]]:
    """An address outside the cluster where somebody listens: this machine's, as the nodes see it."""
    form = "{{range .IPAM.Config}}{{.Gateway}} {{end}}"
    command = ["docker", "network", "inspect", "kind", "--format", form]
    gateways = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    with closing(socket.create_server(("0.0.0.0", 0), backlog=64)) as listener:
        yield next(g for g in gateways if "." in g), listener.getsockname()[1]


@pytest.fixture(scope="module")
def targets(platform: Platform, outside: tuple[str, int]) -> list[tuple[str, str, int]]:
    """What pods try to reach, by addresses, so that no name server decides."""
    mysql = platform.read("pod", "mysql-0")["status"]["podIP"]
    webs = platform.read("pods", "--selector", "app.kubernetes.io/component=web")["items"]
    web = next(w["status"]["podIP"] for w in webs if w["status"].get("podIP"))
    services = json.loads(platform.kubectl("get", "services", "--all-namespaces", "--output", "json"))[
        "items"
    ]
    address = {s["metadata"]["name"]: s["spec"]["clusterIP"] for s in services}
    return [
        ("mysql", mysql, 3306),
        ("web", web, 8000),
        ("api server", address["kubernetes"], 443),
        ("dns", address["kube-dns"], 53),
        ("outside", *outside),
    ]


class Prober:
    """Pods that wait to be told what to reach."""

    def __init__(self, platform: Platform, targets: list[tuple[str, str, int]]) -> None:
        self.platform = platform
        self.targets = targets
        self.made: list[tuple[str, str]] = []

    def reached_by(self, component: str, namespace: str, *, expected: set[str]) -> set[str]:
        """Return what a new pod of this component reaches, as soon as that is `expected` twice running, else
        what it reaches a minute later: a node enforces the policies of a new pod a moment after the pod has
        begun, and in that moment the pod may reach more, or less."""
        name = self._new_pod(component, namespace)
        looks: list[set[str]] = []

        def settled() -> bool:
            command = ["exec", "-n", namespace, name, "--", "python", "-c", TARGETS, json.dumps(self.targets)]
            looks.append(set(json.loads(self.platform.kubectl(*command))))
            return looks[-2:] == [expected, expected]

        try:
            until(settled, 60, f"{component} reaches {expected}")
        except TimeoutError:
            assert looks[-1] != expected, f"{component} never kept to {expected}: {looks}"
        return looks[-1]

    def _new_pod(self, component: str, namespace: str) -> str:
        name = f"probe-{uuid.uuid4().hex[:8]}"
        pod = _pod(worker_job(self.platform))
        pod["containers"][0].update(command=["sleep", "600"], env=[], envFrom=[])
        pod["serviceAccountName"] = "worker" if namespace == self.platform.namespace else "default"
        labels = {"app.kubernetes.io/component": component}
        manifest = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": namespace, "labels": labels},
            "spec": pod,
        }
        self.made.append((name, namespace))
        self.platform.kubectl("create", "-n", namespace, "--filename", "-", input=json.dumps(manifest))
        self.platform.kubectl(
            "wait", "-n", namespace, "--for=condition=Ready", f"pod/{name}", "--timeout=90s"
        )
        return name


@pytest.fixture(scope="module")
def prober(platform: Platform, targets: list[tuple[str, str, int]]) -> Iterator[Prober]:
    """Pods that are gone afterwards."""
    prober = Prober(platform, targets)
    yield prober
    for name, namespace in prober.made:
        platform.kubectl("delete", "pod", name, "-n", namespace, "--force", "--grace-period=0", check=False)


def test_a_worker_reaches_the_database_and_names_and_nothing_else(prober: Prober) -> None:
    """Not web, not the API server, not the outside."""
    assert prober.reached_by("worker", "stock-backtest", expected={"mysql", "dns"}) == {"mysql", "dns"}


def test_a_migration_reaches_what_a_worker_reaches(prober: Prober) -> None:
    """The database and names."""
    assert prober.reached_by("migration", "stock-backtest", expected={"mysql", "dns"}) == {"mysql", "dns"}


def test_web_reaches_the_database_the_api_server_and_names(prober: Prober) -> None:
    """Not the outside, and no other web."""
    expected = {"mysql", "dns", "api server"}

    assert prober.reached_by("web", "stock-backtest", expected=expected) == expected


def test_a_stranger_in_the_namespace_reaches_nothing(prober: Prober) -> None:
    """Default deny."""
    assert prober.reached_by("stranger", "stock-backtest", expected=set()) == set()


def test_a_stranger_elsewhere_reaches_neither_database_nor_web(prober: Prober) -> None:
    """Although nothing keeps it from the rest, which shows that the rest can be reached."""
    expected = {"api server", "dns", "outside"}

    assert prober.reached_by("web", "default", expected=expected) == expected
