"""Every fault of a cluster, really made: what becomes of the run, and what its row says."""

import json
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from stockbt_adapters_k8s.marks import RUN_LABEL, job_name
from stockbt_domain.run import Status

from tests.waiting import until

from .answer_times import answer_times, usual
from .conftest import START_DEADLINE
from .platform import ENDED, Platform
from .second_web import Change, SecondWeb
from .watching import nodes_of_pods

PRIORITY = "of-a-test"
NO_PODS = {
    "apiVersion": "v1",
    "kind": "List",
    "items": [
        {
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": {"name": PRIORITY},
            "value": 0,
        },
        {
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": {"name": PRIORITY},
            "spec": {
                "hard": {"pods": "0"},
                "scopeSelector": {
                    "matchExpressions": [
                        {"scopeName": "PriorityClass", "operator": "In", "values": [PRIORITY]}
                    ]
                },
            },
        },
    ],
}
"""A quota without room for a pod of that priority, which only one Job has: the others go on."""


@pytest.fixture(scope="module", autouse=True)
def under_way(faulty: Platform, second_web: SecondWeb) -> Iterator[dict[str, str]]:
    """Runs that end badly by themselves, each for its own reason: all submitted at once, since most of them
    have a deadline to wait for."""
    faulty.kubectl("apply", "--filename", "-", input=json.dumps(NO_PODS))
    until(lambda: "hard" in faulty.read("quota", PRIORITY)["status"], 30, "the quota is in force")

    def pod(job: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = job["spec"]["template"]["spec"]
        return found

    def container(job: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = pod(job)["containers"][0]
        return found

    changes: dict[str, Change] = {
        "image": lambda job: container(job).update(image="stockbt:000000000000"),
        "cpu": lambda job: container(job)["resources"].update(
            requests={"cpu": "4", "memory": "64Mi"}, limits={"cpu": "4", "memory": "1Gi"}
        ),
        "configmap": lambda job: container(job)["envFrom"][0]["configMapRef"].update(name="not-there"),
        "account": lambda job: pod(job).update(serviceAccountName="not-there"),
        "quota": lambda job: pod(job).update(priorityClassName=PRIORITY),
    }
    runs = {name: second_web.submit(second_web.launcher(change)).run_id for name, change in changes.items()}
    hurried = second_web.launcher(lambda job: job["spec"].update(activeDeadlineSeconds=8))
    runs["deadline"] = second_web.submit(hurried, engine="slow").run_id
    runs["memory"] = faulty.submit(engine="hungry")
    yield runs
    faulty.kubectl("delete", "--filename", "-", input=json.dumps(NO_PODS))


def running(platform: Platform) -> str:
    """Submit a run that takes ten seconds and return its id once a worker has it."""
    run_id = platform.submit(engine="slow")
    platform.wait(run_id, "RUNNING", deadline=START_DEADLINE)
    return run_id


def completed_once(platform: Platform, run_id: str, attempts: int, deadline: float = 180) -> dict[str, Any]:
    """Return the run, which has succeeded at that attempt, once, and has left nothing behind."""
    run = platform.wait(run_id, deadline=deadline)
    platform.gone(run_id)

    assert (run["status"], run["attempt"]) == ("SUCCEEDED", attempts), run
    assert [event["to"] for event in run["events"]] == ["PENDING", *["RUNNING"] * attempts, "SUCCEEDED"]
    return run


def failed(
    platform: Platform, run_id: str, code: str, *sentences: str, deadline: float = 240
) -> dict[str, Any]:
    """Return the run, which has failed with that code and those words."""
    run = platform.wait(run_id, deadline=deadline)

    assert (run["status"], run["error_kind"], run["error_code"]) == ("FAILED", "system_error", code), run
    assert [sentence for sentence in sentences if sentence not in run["error_message"]] == []
    return run


def node_of(platform: Platform, run_id: str) -> str:
    """Return the node that the run's pod is on."""
    (pod,) = platform.pods(run_id)
    return str(pod["spec"]["nodeName"])


def on_node(node: str, command: str) -> str:
    """Return what a shell command says on a node."""
    done = subprocess.run(["docker", "exec", node, "sh", "-c", command], capture_output=True, text=True)
    return done.stdout


# A worker that is killed, stopped or deleted: its run is completed, once.


def test_a_worker_that_is_killed_is_replaced_and_its_run_completed_once(faulty: Platform) -> None:
    """kill -9: nothing is told, the Job's condition says 137, and a second pod does the work."""
    run_id = running(faulty)
    mine = f"grep -lz RUN_ID={run_id} /proc/[0-9]*/environ | cut -d/ -f3"
    on_node(node_of(faulty, run_id), f"kill -9 $({mine})")

    completed_once(faulty, run_id, attempts=2)


def test_a_deleted_pod_is_replaced(faulty: Platform) -> None:
    """`kubectl delete pod`: the worker hands its run over and the Job's second pod takes it."""
    run_id = running(faulty)
    faulty.kubectl("delete", "pod", "--selector", f"{RUN_LABEL}={run_id}", "--wait=false")

    completed_once(faulty, run_id, attempts=2)


def test_a_deleted_job_of_a_running_run_is_made_again(faulty: Platform) -> None:
    """`kubectl delete job`: the row is the truth, the Job its effect."""
    run_id = running(faulty)
    first = faulty.job(run_id)["metadata"]["uid"]
    faulty.kubectl("delete", "job", job_name(run_id), "--wait=false")
    second = until(lambda: _other_job(faulty, run_id, first), 60, "another Job is there")

    assert second != first
    completed_once(faulty, run_id, attempts=2)


def test_a_drained_node_gives_its_runs_to_another(faulty: Platform) -> None:
    """`kubectl drain`: the disruption counts for nothing."""
    run_id = running(faulty)
    node = node_of(faulty, run_id)
    which = ("--ignore-daemonsets", "--delete-emptydir-data", f"--pod-selector={RUN_LABEL}={run_id}")
    try:
        faulty.kubectl("drain", node, *which, "--timeout=60s")
        completed_once(faulty, run_id, attempts=2)
    finally:
        faulty.kubectl("uncordon", node)


# What no repetition can mend: the row says what it was.


def test_a_run_that_needs_too_much_memory_says_its_limit(faulty: Platform, under_way: dict[str, str]) -> None:
    """Killed twice by the kernel: no chance, but a reason. The Job stays as evidence."""
    run_id = under_way["memory"]

    failed(faulty, run_id, "OUT_OF_MEMORY", "memory limit of 1Gi", f"kubectl describe job worker-{run_id}")
    assert faulty.job(run_id) is not None


def test_a_run_past_the_deadline_of_its_job_says_so(faulty: Platform, under_way: dict[str, str]) -> None:
    """activeDeadlineSeconds: the cluster ends it."""
    failed(
        faulty,
        under_way["deadline"],
        "DEADLINE_EXCEEDED",
        "ended after 8 seconds",
        "activeDeadlineSeconds",
    )


@pytest.mark.parametrize(
    ("fault", "sentences"),
    [
        ("image", ["image stockbt:000000000000 cannot be pulled"]),
        ("cpu", ["no node has room for 4 of cpu and 64Mi of memory"]),
        ("configmap", ["ConfigMap not-there"]),
        ("account", ["No pod could be made", "ServiceAccount not-there is missing"]),
        ("quota", ["No pod could be made", "the quota of namespace stock-backtest"]),
    ],
)
def test_a_job_that_cannot_start_is_deleted_at_the_deadline_and_never_runs_later(
    faulty: Platform, under_way: dict[str, str], fault: str, sentences: list[str]
) -> None:
    """FAILED with what to look for and the command that tells."""
    run_id = under_way[fault]
    run = failed(faulty, run_id, "START_DEADLINE", *sentences, f"| grep worker-{run_id}")
    faulty.gone(run_id)

    assert run["attempt"] == 0
    events = faulty.kubectl("events")
    assert f"worker-{run_id}" in events  # the command in the sentence finds something


def test_a_quota_without_room_for_a_job_makes_the_run_wait(faulty: Platform) -> None:
    """It is not the run's fault: it starts when there is room again, and no launch was counted."""
    with lasting_job(faulty), quota(faulty, **{"count/jobs.batch": "1"}):
        run_id = faulty.submit()
        time_of_look = time.monotonic() + 8
        until(lambda: time.monotonic() > time_of_look or faulty.job(run_id), 20, "a few passes were made")
        waiting = faulty.status(run_id)
        assert (waiting["status"], faulty.job(run_id)) == ("PENDING", None)

    completed_once(faulty, run_id, attempts=1)


def test_a_foreign_job_of_the_same_name_is_left_as_it_is(faulty: Platform, second_web: SecondWeb) -> None:
    """The run is refused; whoever made the Job keeps it."""
    run_id = str(uuid.uuid4())
    faulty.kubectl("apply", "--filename", "-", input=json.dumps(_foreign_job(run_id)))
    before = faulty.job(run_id)["metadata"]["uid"]

    class ThisId:
        def new_id(self) -> str:
            return run_id

    second_web.submit(second_web.launcher(), ids=ThisId())
    try:
        failed(
            faulty, run_id, "LAUNCH_REJECTED", "is not this run's", f"kubectl describe job worker-{run_id}"
        )
        assert faulty.job(run_id)["metadata"]["uid"] == before
    finally:
        faulty.kubectl("delete", "job", job_name(run_id))


# Webs that die, answers that are lost.


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_web_that_is_killed_around_the_create_loses_no_run(
    faulty: Platform, second_web: SecondWeb, when: str
) -> None:
    """Between INSERT and create, and right after it: one Job, one attempt, one result."""
    run_id = second_web.submit_and_die(when)

    completed_once(faulty, run_id, attempts=1)


def test_a_create_that_times_out_though_it_was_applied_is_adopted(
    faulty: Platform, second_web: SecondWeb
) -> None:
    """The outcome is unknown, not bad; the same name again finds the Job that is there."""
    run = second_web.submit(second_web.launcher(timeouts=(2.0, 0.001)), engine="slow")
    until(lambda: faulty.job(run.run_id), 20, "the create was applied")
    first = faulty.job(run.run_id)["metadata"]["uid"]
    second_web.launcher().launch(run.run_id)

    assert run.status is Status.PENDING
    assert faulty.job(run.run_id)["metadata"]["uid"] == first
    completed_once(faulty, run.run_id, attempts=1)


# What everybody depends on, away.


def test_a_database_that_is_killed_while_workers_finish_costs_no_result(faulty: Platform) -> None:
    """They keep their results until it is back."""
    runs = [running(faulty) for _ in range(2)]
    faulty.kubectl("delete", "pod", "mysql-0", "--grace-period=0", "--force", "--wait=false")

    for run_id in runs:
        completed_once(faulty, run_id, attempts=1, deadline=180)


def test_a_paused_api_server_slows_no_page_and_kills_no_run(faulty: Platform) -> None:
    """Pages and status answer in less than 200 ms, or as fast as before on a machine that is slower than
    that by itself; workers finish, and nothing is declared dead."""
    runs = [running(faulty) for _ in range(2)]
    before = answer_times(faulty, runs[0], seconds=3)
    control_plane = f"{faulty.cluster}-control-plane"
    on_node(control_plane, "pkill -STOP kube-apiserver")
    try:
        late = faulty.submit()
        paused = answer_times(faulty, runs[0], seconds=65)
        while_paused = [faulty.status(run_id)["status"] for run_id in (*runs, late)]
    finally:
        on_node(control_plane, "pkill -CONT kube-apiserver")
        until(lambda: control_plane_works(faulty), 180, "the control plane is back")

    assert while_paused == ["SUCCEEDED", "SUCCEEDED", "PENDING"]
    assert usual(paused) < max(0.2, 2 * usual(before))
    for run_id in (*runs, late):
        completed_once(faulty, run_id, attempts=1, deadline=180)


def control_plane_works(platform: Platform) -> bool:
    """Return whether those that lost their API server have come back: they end without it."""
    selector = "component in (kube-controller-manager, kube-scheduler)"
    output = "jsonpath={.items[*].status.containerStatuses[*].ready}"
    found = platform.kubectl(
        "get", "pods", "--namespace", "kube-system", "-l", selector, "-o", output, check=False
    )
    return found.split() == ["true", "true"]


def test_a_node_that_is_lost_gives_its_runs_to_another(faulty: Platform, second_web: SecondWeb) -> None:
    """`docker stop`: no goodbye. The last test here, since the node takes a while to come back."""
    database = faulty.read("pod", "mysql-0")["spec"]["nodeName"]
    (node,) = {f"{faulty.cluster}-worker", f"{faulty.cluster}-worker2"} - {database}
    launcher = second_web.launcher(
        lambda job: job["spec"]["template"]["spec"].update(nodeSelector={"kubernetes.io/hostname": node})
    )
    run_id = second_web.submit(launcher, engine="slow").run_id
    faulty.wait(run_id, "RUNNING", deadline=START_DEADLINE)
    subprocess.run(["docker", "stop", "--time", "0", node], check=True, capture_output=True)
    try:
        completed_once_elsewhere(faulty, run_id, node)
    finally:
        subprocess.run(["docker", "start", node], check=True, capture_output=True)
        faulty.kubectl("wait", "--for=condition=Ready", f"node/{node}", "--timeout=180s")


def completed_once_elsewhere(platform: Platform, run_id: str, lost: str) -> None:
    """The run has succeeded at its second attempt, on a node that lives."""
    with nodes_of_pods(platform, run_id) as nodes:
        run = until(lambda: ended(platform, run_id), 420, f"run {run_id} has ended")
        others = until(lambda: nodes() - {lost, ""}, 30, "the watch tells of a pod on another node")

    assert (run["status"], run["attempt"]) == ("SUCCEEDED", 2), run
    assert len(others) == 1


def ended(platform: Platform, run_id: str) -> dict[str, Any] | None:
    """Return the run if it has ended."""
    run = platform.status(run_id)
    return run if run["status"] in ENDED else None


@contextmanager
def quota(platform: Platform, **hard: str) -> Iterator[None]:
    """Hold the namespace to a quota for as long as the block lasts."""
    limits = ",".join(f"{what}={count}" for what, count in hard.items())
    name = "jobs-of-a-test"
    platform.kubectl("create", "quota", name, f"--hard={limits}")
    until(lambda: "hard" in platform.read("quota", name)["status"], 30, "the quota is in force")
    try:
        yield
    finally:
        platform.kubectl("delete", "quota", name)


@contextmanager
def lasting_job(platform: Platform) -> Iterator[None]:
    """Keep a Job that takes up room and does nothing; those of earlier tests may go at any time."""
    job = _foreign_job("of-a-test")
    job["spec"]["suspend"] = True
    platform.kubectl("apply", "--filename", "-", input=json.dumps(job))
    try:
        yield
    finally:
        platform.kubectl("delete", "job", job["metadata"]["name"])


def _other_job(platform: Platform, run_id: str, uid: str) -> str | None:
    job = platform.job(run_id)
    return None if job is None or job["metadata"]["uid"] == uid else str(job["metadata"]["uid"])


def _foreign_job(run_id: str) -> dict[str, Any]:
    pod = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [
            {
                "name": "theirs",
                "image": "mysql:9.7",
                "command": ["sleep", "300"],
                "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
            }
        ],
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": job_name(run_id), "labels": {RUN_LABEL: run_id}},
        "spec": {"template": {"spec": pod}},
    }
