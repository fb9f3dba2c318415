"""A burst of runs: never more at once than the limit, all of them, each once, in order."""

import os

import pytest
from stockbt_adapters_k8s.marks import RUN_LABEL

from .platform import Platform
from .test_launcher import client_of
from .watching import JobWatch, all_ended

RUNS = int(os.environ.get("BURST") or 60)
SECONDS_EACH = 6
"""Far above what a run takes in a burst, for a machine that does other things too."""


@pytest.fixture(scope="module")
def limit(platform: Platform) -> int:
    """What the platform is told: Jobs at once."""
    return int(platform.read("configmap", "stockbt-web")["data"]["MAX_ACTIVE_JOBS"])


def test_a_burst_is_worked_off_in_order_within_the_limit(platform: Platform, limit: int) -> None:
    """Watched from the API server, told by the rows. How fast is benchmarks/kubernetes.py's matter."""
    with JobWatch(client_of(platform), platform.namespace, RUN_LABEL) as seen:
        submitted = [platform.submit() for _ in range(RUNS)]
        rows = [platform.wait(run_id, deadline=RUNS * SECONDS_EACH) for run_id in submitted]
        rate = all_ended(seen, RUNS, 60)
    launched = [name.removeprefix("worker-") for name in seen.made]
    print(f"{RUNS} runs at {rate:.2f} a second, {seen.most} at once at most")

    assert seen.most <= limit
    assert {row["status"] for row in rows} == {"SUCCEEDED"}
    assert {row["attempt"] for row in rows} == {1}
    assert sorted(launched) == sorted(submitted)
    # Places come free in groups, and two replicas launch: a run may overtake others by a group, not more.
    late = [launched.index(run_id) - place for place, run_id in enumerate(submitted)]
    assert max(late) < limit
