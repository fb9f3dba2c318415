"""Runs on Kubernetes beside bare Jobs of the same image, on the platform that `make kind` made.

python -m benchmarks.kubernetes [--rounds 9]     one at a time, in turns: from the request to the end
python -m benchmarks.kubernetes --burst 200      so many at once, as many active as MAX_ACTIVE_JOBS says
"""

import argparse
import statistics
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from kubernetes.client import ApiException, BatchV1Api, CoreV1Api
from kubernetes.watch import Watch
from stockbt_adapters_k8s.marks import RUN_LABEL

from tests.e2e.platform import Platform
from tests.e2e.test_launcher import client_of
from tests.e2e.test_rights import worker_job
from tests.e2e.watching import JobWatch, all_ended

Marks = dict[str, float]
BARE = "stockbt.dev/bare"
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
    with _watching(platform, f"{RUN_LABEL}={run_id}") as marks:
        row = platform.wait(run_id)
        seen = time.time()
    assert row["status"] == "SUCCEEDED", row
    moments = {"claimed": row["started_at"], "committed": row["completed_at"]}
    told = {step: datetime.fromisoformat(at).timestamp() for step, at in moments.items()}
    return {"asked": before, "answered": answered, "seen": seen, **told, **marks}


def _bare_job(platform: Platform, mark: str) -> Any:
    """Return a Job of the worker's image and resources that does nothing, labelled with a mark."""
    job: Any = worker_job(platform)
    job["metadata"] |= {"name": f"{mark}-{uuid.uuid4().hex[:12]}", "labels": {BARE: mark}}
    job["spec"]["template"]["metadata"]["labels"] = {BARE: mark}
    job["spec"]["template"]["spec"]["containers"][0]["command"] = ["python", "-c", "pass"]
    return job


def _bare(platform: Platform) -> float:
    """Return the seconds from the creation of a Job that does nothing to its condition Complete."""
    mark = f"bare-{uuid.uuid4().hex[:8]}"
    api = BatchV1Api(client_of(platform))
    job = _bare_job(platform, mark)
    before = time.time()
    api.create_namespaced_job(platform.namespace, job)
    for event in Watch().stream(
        api.list_namespaced_job, platform.namespace, label_selector=f"{BARE}={mark}", timeout_seconds=120
    ):
        if any(c.type == "Complete" for c in event["object"].status.conditions or ()):
            break
    took = time.time() - before
    api.delete_namespaced_job(job["metadata"]["name"], platform.namespace, propagation_policy="Background")
    return took


def _bare_rate(platform: Platform, limit: int, count: int) -> float:
    """Return how many Jobs a second end that do nothing, with `limit` of them at once. Each is deleted
    as it ends, as a run's is."""
    mark = f"bare-{uuid.uuid4().hex[:8]}"
    api = BatchV1Api(client_of(platform))
    jobs = [_bare_job(platform, mark) for _ in range(count)]
    with JobWatch(client_of(platform), platform.namespace, f"{BARE}={mark}") as seen:
        deleted: set[str] = set()
        while len(seen.ended) < count:
            for name in set(seen.ended) - deleted:
                deleted.add(name)
                api.delete_namespaced_job(name, platform.namespace, propagation_policy="Background")
            while jobs and (count - len(jobs)) - len(seen.ended) < limit:
                try:
                    api.create_namespaced_job(platform.namespace, jobs[-1])
                except ApiException as error:
                    if error.status != 409:  # somebody else counted on the quota at the same moment
                        raise
                else:
                    jobs.pop()
            time.sleep(0.02)
        return all_ended(seen, count, 60)


def _run_rate(platform: Platform, count: int) -> float:
    """Return how many runs a second end, submitted by eight clients at once."""
    with JobWatch(client_of(platform), platform.namespace, RUN_LABEL) as seen:
        with ThreadPoolExecutor(8) as clients:
            submitted = list(clients.map(lambda _: platform.submit(), range(count)))
        for run_id in submitted:
            row = platform.wait(run_id, deadline=count * 10)
            assert row["status"] == "SUCCEEDED", row
        return all_ended(seen, count, 60)


def burst(platform: Platform, count: int) -> None:
    """Print both rates and their ratio."""
    limit = int(platform.read("configmap", "stockbt-web")["data"]["MAX_ACTIVE_JOBS"])
    bare, runs = _bare_rate(platform, limit, count), _run_rate(platform, count)
    print("| jobs | at once | bare, a second | runs, a second | ratio |\n|---|---|---|---|---|")
    print(f"| {count} | {limit} | {bare:.2f} | {runs:.2f} | {runs / bare:.0%} |")


def _median(values: Callable[[Marks], float], rounds: list[Marks]) -> float:
    return statistics.median(values(marks) for marks in rounds)


def steps(platform: Platform, rounds: int) -> None:
    """Print where the time of one run goes, as medians."""
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


def main() -> None:
    """Print the table that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--burst", type=int, metavar="JOBS")
    options = parser.parse_args()
    if options.burst:
        burst(Platform(), options.burst)
    else:
        steps(Platform(), options.rounds)


if __name__ == "__main__":
    main()
