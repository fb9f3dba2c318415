"""What a Job's own status tells of its run: web may not look at pods, so this has to do.

Job conditions: https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy
"""

import re
from dataclasses import dataclass
from typing import Any

from stockbt_domain.ports import JobState

Manifest = dict[str, Any]
_EXIT_CODE = re.compile(r"failed with exit code (\d+) ")
_KILLED = 137


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a Job is as it is, in the words of the run's row; the flags are those of the port's Job."""

    state: JobState
    code: str | None = None
    message: str | None = None
    retry: bool = False
    spent: bool = False


def cause_of(job: Manifest) -> Cause:
    """Return the state of a Job as the API server has it, and why it is not what one would wish."""
    conditions = {
        c["type"]: c for c in job.get("status", {}).get("conditions") or () if c.get("status") == "True"
    }
    if "Complete" in conditions:
        return Cause(JobState.SUCCEEDED, spent=True)
    if "Failed" in conditions:  # set when the last pod is gone, as podReplacementPolicy Failed has it
        return _failed(job, conditions["Failed"], spent=True)
    if "FailureTarget" in conditions:  # decided, but a pod is still ending, or its node is gone
        return _failed(job, conditions["FailureTarget"], spent=False)
    if is_ready(job):
        return Cause(JobState.ACTIVE)
    return Cause(JobState.ACTIVE, message=_why_not_started(job))


def is_ready(job: Manifest) -> bool:
    """Return whether a pod of the Job runs."""
    return bool(job.get("status", {}).get("ready"))


def _failed(job: Manifest, condition: Manifest, *, spent: bool) -> Cause:
    reason, said = condition.get("reason"), condition.get("message") or ""
    describe = f"`kubectl describe job {job['metadata']['name']}`"
    if reason == "DeadlineExceeded":
        seconds = job["spec"].get("activeDeadlineSeconds")
        sentence = (
            f"The run was ended after {seconds} seconds, all that it may take, waiting included. Choose a "
            "shorter range or longer bars, or ask an operator to raise activeDeadlineSeconds."
        )
        return Cause(JobState.FAILED, "DEADLINE_EXCEEDED", sentence, spent=spent)
    if reason == "PodFailurePolicy" and "condition DisruptionTarget" in said:
        sentence = (
            "The run's pod was evicted from its node, which was drained or needed the room. Run it again."
        )
        return Cause(JobState.FAILED, "EVICTED", sentence, spent=spent)
    exit_code = _EXIT_CODE.search(said)
    if reason == "PodFailurePolicy" and exit_code:
        return _exited(job, int(exit_code[1]), describe, spent=spent)
    if reason == "BackoffLimitExceeded":
        sentence = (
            "Every worker of the run ended early: stopped from outside, without its database, or unable to "
            f"start. Run it again; if that does not help, an operator finds out more with {describe}."
        )
        return Cause(JobState.FAILED, "WORKER_LOST", sentence, spent=spent)
    sentence = f"The run's Job failed ({reason}: {said}); an operator finds out more with {describe}."
    return Cause(JobState.FAILED, "WORKER_LOST", sentence, spent=spent)


def _exited(job: Manifest, code: int, describe: str, *, spent: bool) -> Cause:
    logs = f"`kubectl logs job/{job['metadata']['name']}`"
    if code == _KILLED:
        limit = _resources(job).get("limits", {}).get("memory")
        needed = f"it needed more than its memory limit of {limit}" if limit else "its node ran out of memory"
        sentence = (
            f"The worker was killed (exit code 137), probably because {needed}. Choose a shorter range or "
            f"longer bars, or ask an operator to raise the limit; {describe} tells more."
        )
        return Cause(JobState.FAILED, "OUT_OF_MEMORY", sentence, retry=True, spent=spent)
    if code == 2:
        sentence = f"The worker refused its configuration; an operator finds out which variable with {logs}."
        return Cause(JobState.FAILED, "BAD_CONFIGURATION", sentence, spent=spent)
    sentence = f"The worker ended with exit code {code} before it could store why; see {logs}."
    # 12 says that the run is another worker's, which may well live: then only its lease tells.
    return Cause(JobState.FAILED, "WORKER_LOST", sentence, spent=spent and code != 12)


def _why_not_started(job: Manifest) -> str:
    name = job["metadata"]["name"]
    namespace = job["metadata"]["namespace"]
    events = (
        f"An operator finds out which with `kubectl events -n {namespace} | grep {name}`; then run it again."
    )
    if not job.get("status", {}).get("active"):
        account = _pod(job).get("serviceAccountName", "default")
        return (
            f"No pod could be made for the run: the quota of namespace {namespace} has no room for a pod, "
            f"ServiceAccount {account} is missing, or a policy refuses the pod. {events}"
        )
    requests = _resources(job).get("requests", {})
    room = " and ".join(f"{requests[what]} of {what}" for what in ("cpu", "memory") if what in requests)
    causes = [
        f"its image {_container(job).get('image')} cannot be pulled",
        f"no node has room for {room}" if room else "no node has room for it",
    ]
    sources = _environment_sources(job)
    if sources:
        causes.append(f"{' or '.join(sources)} is missing")
    return f"The run's pod did not start in time: {', or '.join(causes)}. {events}"


def _pod(job: Manifest) -> Manifest:
    pod: Manifest = job["spec"]["template"]["spec"]
    return pod


def _container(job: Manifest) -> Manifest:
    container: Manifest = _pod(job)["containers"][0]
    return container


def _resources(job: Manifest) -> Manifest:
    return _container(job).get("resources") or {}


def _environment_sources(job: Manifest) -> list[str]:
    kinds = {"configMapRef": "ConfigMap", "secretRef": "Secret"}
    return [
        f"{kinds[key]} {reference['name']}"
        for source in _container(job).get("envFrom") or ()
        for key, reference in source.items()
        if key in kinds
    ]
