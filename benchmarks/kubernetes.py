"""A run on Kubernetes beside a bare Job of the same image, in turns: from the request to the end.

usage: python -m benchmarks.kubernetes [ROUNDS]      on the platform that `make kind` made
"""

import statistics
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from kubernetes.client import BatchV1Api, CoreV1Api
from kubernetes.watch import Watch

from tests.e2e.platform import Platform
from tests.e2e.test_launcher import client_of
from tests.e2e.test_rights import worker_job

Marks = dict[str, float]
ROWS = {
    "web: validate, INSERT, create the Job": ("asked", "answered"),
    "the Job's pod is made and scheduled": ("answered", "scheduled"),
    "sandbox, volumes, container (the image is on the node)": ("scheduled", "started"),
    "Python, imports, connection, claim": ("started", "claimed"),
    "data, engine, commit": ("claimed", "committed"),
    "the status is asked and answered": ("committed", "seen"),
}


@contextmanager
def _watching(platform: Platform, label: str) -> Iterator[Marks]:
    """Yield the times at which the one pod with this label was made, scheduled and started, as seen."""
    core, marks, watch = CoreV1Api(client_of(platform)), Marks(), Watch()

    def look() -> None:
        for event in watch.stream(
            core.list_namespaced_pod, platform.namespace, label_selector=label, timeout_seconds=120
        ):
            pod = event["object"]
            marks.setdefault("pod", time.time())
            if pod.spec.node_name:
                marks.setdefault("scheduled", time.time())
            state = pod.status.container_statuses[0].state if pod.status.container_statuses else None
            if state and (state.running or state.terminated):
                marks.setdefault("started", time.time())

    threading.Thread(target=look, daemon=True).start()
    yield marks
    watch.stop()


def _run(platform: Platform) -> Marks:
    """Return the steps of one run; the row's own times are by the database's clock, this machine's."""
    before = time.time()
    run_id = platform.submit()
    answered = time.time()
    with _watching(platform, f"run_id={run_id}") as marks:
        row = platform.wait(run_id)
        seen = time.time()
    assert row["status"] == "SUCCEEDED", row
    moments = {"claimed": row["started_at"], "committed": row["completed_at"]}
    told = {step: datetime.fromisoformat(at).timestamp() for step, at in moments.items()}
    return {"asked": before, "answered": answered, "seen": seen, **told, **marks}


def _bare(platform: Platform) -> float:
    """Return the seconds from the creation of a Job that does nothing to its condition Complete."""
    mark = f"bare-{uuid.uuid4().hex[:8]}"
    api = BatchV1Api(client_of(platform))
    job: Any = worker_job(platform)
    job["metadata"] |= {"name": mark, "labels": {"bare": mark}}
    job["spec"]["template"]["metadata"]["labels"] = {"bare": mark}
    job["spec"]["template"]["spec"]["containers"][0]["command"] = ["python", "-c", "pass"]
    before = time.time()
    api.create_namespaced_job(platform.namespace, job)
    for event in Watch().stream(
        api.list_namespaced_job, platform.namespace, label_selector=f"bare={mark}", timeout_seconds=120
    ):
        if any(c.type == "Complete" for c in event["object"].status.conditions or ()):
            break
    took = time.time() - before
    api.delete_namespaced_job(mark, platform.namespace, propagation_policy="Background")
    return took


def _median(values: Callable[[Marks], float], rounds: list[Marks]) -> float:
    return statistics.median(values(marks) for marks in rounds)


def main(rounds: int = 9) -> None:
    """Print the medians as a table."""
    platform = Platform()
    runs, bare = [], []
    for _ in range(rounds):
        bare.append(_bare(platform))
        runs.append(_run(platform))
    whole = [marks["seen"] - marks["asked"] for marks in runs]
    nothing = statistics.median(bare)
    print("| step of a run | median s |\n|---|---|")
    for name, (begin, end) in ROWS.items():
        print(f"| {name} | {_median(lambda m, b=begin, e=end: m[e] - m[b], runs):.2f} |")
    print(f"| **request to SUCCEEDED** | {statistics.median(whole):.2f} |")
    print(f"| bare Job, `python -c pass`, create to Complete | {nothing:.2f} |")
    print(f"| ratio | {statistics.median(whole) / nothing:.2f} |")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
