"""What a Job's own status tells of its run: web may not look at pods, so this has to do.

Job conditions: https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy
"""

import re
from dataclasses import dataclass
from functools import reduce
from typing import Any

from stockbt_domain.messages import Message
from stockbt_domain.ports import JobState

Manifest = dict[str, Any]
_EXIT_CODE = re.compile(r"failed with exit code (\d+) ")
_KILLED = 137


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a Job is as it is, in the words of the run's row; the flags are those of the port's Job."""

    state: JobState
    code: str | None = None
    message: Message | None = None
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
        seconds = str(job["spec"].get("activeDeadlineSeconds"))
        return _lost(Message("DEADLINE_EXCEEDED.job", seconds=seconds), spent=spent)
    if reason == "PodFailurePolicy" and "condition DisruptionTarget" in said:
        return _lost(Message("EVICTED"), spent=spent)
    exit_code = _EXIT_CODE.search(said)
    if reason == "PodFailurePolicy" and exit_code:
        return _exited(job, int(exit_code[1]), describe, spent=spent)
    if reason == "BackoffLimitExceeded":
        return _lost(Message("WORKER_LOST.backoff", command=describe), spent=spent)
    return _lost(Message("WORKER_LOST.job", detail=f"{reason}: {said}", command=describe), spent=spent)


def _lost(message: Message, *, spent: bool, retry: bool = False) -> Cause:
    return Cause(JobState.FAILED, message.kind, message, retry=retry, spent=spent)


def _exited(job: Manifest, code: int, describe: str, *, spent: bool) -> Cause:
    logs = f"`kubectl logs job/{job['metadata']['name']}`"
    if code == _KILLED:
        limit = _resources(job).get("limits", {}).get("memory")
        killed = (
            Message("OUT_OF_MEMORY.limit", limit=limit, command=describe)
            if limit
            else Message("OUT_OF_MEMORY.node", command=describe)
        )
        return _lost(killed, retry=True, spent=spent)
    if code == 2:
        return _lost(Message("BAD_CONFIGURATION", command=logs), spent=spent)
    # 12 says that the run is another worker's, which may well live: then only its lease tells.
    ended = Message("WORKER_LOST.worker", number=code, command=logs)
    return _lost(ended, spent=spent and code != 12)


def _why_not_started(job: Manifest) -> Message:
    name = job["metadata"]["name"]
    namespace = job["metadata"]["namespace"]
    events = f"`kubectl events -n {namespace} | grep {name}`"
    rest = Message("START_DEADLINE.find_out", command=events)
    if not job.get("status", {}).get("active"):
        account = _pod(job).get("serviceAccountName", "default")
        return Message("START_DEADLINE.no_pod", namespace=namespace, account=account, rest=rest)
    causes = Message(
        "START_DEADLINE.causes",
        first=Message("START_DEADLINE.image", image=str(_container(job).get("image"))),
        second=_no_room(_resources(job).get("requests", {})),
    )
    sources = _environment_sources(job)
    if sources:
        missing = Message("START_DEADLINE.missing", sources=_one_of(sources))
        causes = Message("START_DEADLINE.causes", first=causes, second=missing)
    return Message("START_DEADLINE.pod", causes=causes, rest=rest)


def _no_room(requests: Manifest) -> Message:
    cpu, memory = (str(requests[what]) if what in requests else None for what in ("cpu", "memory"))
    if cpu and memory:
        return Message("START_DEADLINE.room_for_both", cpu=cpu, memory=memory)
    if cpu:
        return Message("START_DEADLINE.room_for_cpu", cpu=cpu)
    return (
        Message("START_DEADLINE.room_for_memory", memory=memory) if memory else Message("START_DEADLINE.room")
    )


def _one_of(sources: list[str]) -> str:
    return reduce(
        lambda first, second: Message("START_DEADLINE.sources", first=first, second=second), sources
    )


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
