"""Why a run's Job is as it is, told from statuses that a real cluster gave (Kubernetes 1.34)."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from stockbt_adapters_k8s.causes import cause_of
from stockbt_adapters_k8s.template import JobTemplate
from stockbt_domain.ports import JobState

STATUSES: dict[str, Any] = json.loads((Path(__file__).parent / "recorded_statuses.json").read_text())
NAME = "worker-a-run"


def job(template: JobTemplate, status: str) -> dict[str, Any]:
    """Return the worker's Job in a recorded status."""
    return {**template.render("a-run", "backtests"), "status": STATUSES[status]}


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        ("oom", "OUT_OF_MEMORY", "needed more than its memory limit of 1Gi"),
        ("deadline", "DEADLINE_EXCEEDED", "ended after 3600 seconds"),
        ("evicted", "EVICTED", "evicted from its node"),
        ("exit-75", "WORKER_LOST", f"kubectl describe job {NAME}"),
        ("command-missing", "WORKER_LOST", f"kubectl describe job {NAME}"),
        ("exit-2", "BAD_CONFIGURATION", f"kubectl logs job/{NAME}"),
        ("exit-10", "WORKER_LOST", "exit code 10"),
        ("exit-11", "WORKER_LOST", "exit code 11"),
        ("exit-12", "WORKER_LOST", "exit code 12"),
    ],
)
def test_a_failed_job_says_why_and_what_to_do(
    template: JobTemplate, status: str, code: str, sentence: str
) -> None:
    """From the Job's conditions alone: web may not look at pods."""
    cause = cause_of(job(template, status))

    assert (cause.state, cause.code) == (JobState.FAILED, code)
    assert sentence in (cause.message or "")


@pytest.mark.parametrize(
    ("status", "spent"),
    [
        ("oom", True),
        ("deadline", True),
        ("exit-75", True),
        ("exit-12", False),  # the run is another worker's, which may live
        ("deadline-ending", False),  # its pod is still being ended
    ],
)
def test_a_failed_job_tells_whether_a_worker_may_be_left(
    template: JobTemplate, status: str, spent: bool
) -> None:
    """Failed comes with podReplacementPolicy Failed when the last pod has ended; FailureTarget before."""
    cause = cause_of(job(template, status))

    assert (cause.state, cause.spent) == (JobState.FAILED, spent)


def test_only_a_killed_worker_gets_another_job(template: JobTemplate) -> None:
    """Exit code 137 is a kill from outside as often as a want of memory: the second one tells."""
    retried = {status for status in STATUSES if cause_of(job(template, status)).retry}

    assert retried == {"oom"}


@pytest.mark.parametrize(
    ("status", "sentences"),
    [
        ("image-missing", ["its image stockbt:", "cannot be pulled"]),
        ("unschedulable", ["no node has room for 100m of cpu and 192Mi of memory"]),
        ("configmap-missing", ["ConfigMap stockbt-database or Secret stockbt-worker is missing"]),
        ("account-missing", ["No pod could be made", "ServiceAccount worker is missing"]),
        ("pod-quota", ["No pod could be made", "the quota of namespace backtests has no room"]),
    ],
)
def test_a_job_that_does_not_start_says_what_may_be_wrong(
    template: JobTemplate, status: str, sentences: list[str]
) -> None:
    """With names to look for, and the command that tells which; a pod that cannot be made is told from
    one that cannot start."""
    cause = cause_of(job(template, status))

    assert cause.state is JobState.ACTIVE
    assert [s for s in sentences if s not in (cause.message or "")] == []
    assert f"kubectl events -n backtests | grep {NAME}" in (cause.message or "")


def test_a_pod_without_requests_and_sources_is_told_too(template: JobTemplate) -> None:
    """A template may have less than ours."""
    bare = deepcopy(job(template, "unschedulable"))
    container = bare["spec"]["template"]["spec"]["containers"][0]
    del container["resources"], container["envFrom"]

    assert "no node has room for it. An operator" in (cause_of(bare).message or "")
    bare["status"] = STATUSES["oom"]
    assert "its node ran out of memory" in (cause_of(bare).message or "")


def test_a_running_and_a_finished_job_need_no_words(template: JobTemplate) -> None:
    """Nothing is wrong with them."""
    running, done = cause_of(job(template, "running")), cause_of(job(template, "done"))

    assert (running.state, running.message) == (JobState.ACTIVE, None)
    assert (done.state, done.message) == (JobState.SUCCEEDED, None)


def test_a_reason_that_nobody_foresaw_is_passed_on(template: JobTemplate) -> None:
    """A later Kubernetes may have others."""
    unforeseen = job(template, "running")
    condition = {"type": "Failed", "status": "True", "reason": "Novelty", "message": "never seen"}
    unforeseen["status"] = {"conditions": [condition]}
    cause = cause_of(unforeseen)

    assert (cause.state, cause.code) == (JobState.FAILED, "WORKER_LOST")
    assert "Novelty: never seen" in (cause.message or "")


def test_a_condition_that_does_not_hold_says_nothing(template: JobTemplate) -> None:
    """Conditions have a status of their own."""
    suspended = job(template, "running")
    suspended["status"] = {"conditions": [{"type": "Failed", "status": "False"}]}

    assert cause_of(suspended).state is JobState.ACTIVE
