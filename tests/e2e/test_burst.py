"""A burst of runs: never more at once than the limit, all of them, each once, in order, at a good rate."""

import os
import time
import uuid
from copy import deepcopy
from typing import Any

import pytest
from kubernetes.client import BatchV1Api

from .platform import Platform
from .test_launcher import client_of
from .test_rights import worker_job
from .watching import JobWatch, all_ended

RUNS = int(os.environ.get("BURST") or 60)
SECONDS_EACH = 6
"""Far above what a run takes in a burst, for a machine that does other things too."""


@pytest.fixture(scope="module")
def limit(platform: Platform) -> int:
    """What the platform is told: Jobs at once."""
    return int(platform.read("configmap", "stockbt-web")["data"]["MAX_ACTIVE_JOBS"])


def bare_rate(platform: Platform, limit: int, count: int) -> float:
    """Return how many Jobs a second end that do nothing, with `limit` of them at once. Each is deleted
    as it ends, as a run's is."""
    mark = f"bare-{uuid.uuid4().hex[:8]}"
    client = client_of(platform)
    api = BatchV1Api(client)
    template = worker_job(platform)
    left = count

    def make() -> None:
        job: dict[str, Any] = deepcopy(template)
        pod = job["spec"]["template"]
        job["metadata"] |= {"name": f"{mark}-{uuid.uuid4().hex}", "labels": {"bare": mark}}
        pod["metadata"]["labels"] = {"bare": mark}
        pod["spec"]["containers"][0].update(command=["python", "-c", "pass"])
        api.create_namespaced_job(platform.namespace, job)

    with JobWatch(client_of(platform), platform.namespace, f"bare={mark}") as seen:
        deleted: set[str] = set()
        while len(seen.ended) < count:
            for name in set(seen.ended) - deleted:
                deleted.add(name)
                api.delete_namespaced_job(name, platform.namespace, propagation_policy="Background")
            while left and (count - left) - len(seen.ended) < limit:
                make()
                left -= 1
            time.sleep(0.02)
        return all_ended(seen, count, count * SECONDS_EACH)


def test_a_burst_is_worked_off_in_order_within_the_limit(
    platform: Platform, limit: int, record_testsuite_property: Any
) -> None:
    """Watched from the API server, told by the rows."""
    with JobWatch(client_of(platform), platform.namespace, "run_id") as seen:
        submitted = [platform.submit() for _ in range(RUNS)]
        rows = [platform.wait(run_id, deadline=RUNS * SECONDS_EACH) for run_id in submitted]
        rate = all_ended(seen, RUNS, 60)
    launched = [name.removeprefix("worker-") for name in seen.made]
    bare = bare_rate(platform, limit, min(RUNS, 200))
    for name, value in (("burst_runs", RUNS), ("burst_runs_a_second", rate), ("bare_jobs_a_second", bare)):
        record_testsuite_property(name, value)
    print(f"{RUNS} runs: {rate:.2f} a second, bare Jobs {bare:.2f} ({rate / bare:.0%}); {seen.most} at most")

    assert seen.most <= limit
    assert {row["status"] for row in rows} == {"SUCCEEDED"}
    assert {row["attempt"] for row in rows} == {1}
    assert sorted(launched) == sorted(submitted)
    # Places come free in groups, and two replicas launch: a run may overtake others by a group, not more.
    late = [launched.index(run_id) - place for place, run_id in enumerate(submitted)]
    assert max(late) < limit
