"""Jobs and pods of the namespace as the API server tells of them, one change after another."""

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from kubernetes.client import ApiClient, BatchV1Api
from kubernetes.watch import Watch
from stockbt_adapters_k8s.marks import job_name

from tests.waiting import until

from .platform import Platform


@dataclass
class Watched:
    """What a watch has seen: Jobs in the order of their making, how many were active at once, and when."""

    made: list[str] = field(default_factory=list)
    active: set[str] = field(default_factory=set)
    most: int = 0
    began: dict[str, float] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)

    def see(self, kind: str, job: Any) -> None:
        """Take in one change."""
        name = job.metadata.name
        over = any(
            c.type in ("Complete", "Failed") and c.status == "True" for c in job.status.conditions or ()
        )
        if kind == "ADDED":
            self.made.append(name)
            self.began[name] = time.monotonic()
        if kind == "DELETED" or over:
            self.active.discard(name)
            self.ended.setdefault(name, time.monotonic())
        else:
            self.active.add(name)
        self.most = max(self.most, len(self.active))


class JobWatch:
    """Watches the Jobs with a label from now on, in a thread, until it is left."""

    def __init__(self, client: ApiClient, namespace: str, label: str) -> None:
        self.seen = Watched()
        self._api = BatchV1Api(client)
        self._watch = Watch()
        self._where = {"namespace": namespace, "label_selector": label}
        self._before: set[str] = set()
        self._failed: list[BaseException] = []

    def __enter__(self) -> Watched:
        """Begin at what there is now, which is not counted."""
        there = self._api.list_namespaced_job(**self._where)
        self._before = {job.metadata.name for job in there.items}
        threading.Thread(target=self._look, args=(there.metadata.resource_version,), daemon=True).start()
        return self.seen

    def __exit__(self, *_: object) -> None:
        """Stop; a watch that broke off in between has shown nothing."""
        self._watch.stop()
        assert self._failed == []

    def _look(self, version: str) -> None:
        try:
            for event in self._watch.stream(
                self._api.list_namespaced_job, **self._where, resource_version=version, timeout_seconds=3600
            ):
                if event["object"].metadata.name not in self._before:
                    self.seen.see(event["type"], event["object"])
        except Exception as error:  # told to the test by __exit__
            self._failed.append(error)


def all_ended(seen: Watched, count: int, deadline: float) -> float:
    """Wait until so many Jobs have ended; return how many that is a second since the first was made."""
    until(lambda: len(seen.ended) >= count, deadline, f"{count} Jobs have ended, not {len(seen.ended)}")
    return count / (max(seen.ended.values()) - min(seen.began.values()))


@contextmanager
def nodes_of_pods(platform: Platform, run_id: str) -> Iterator[Callable[[], set[str]]]:
    """Yield what returns the nodes that the run's pods were ever on: a pod that comes and goes between two
    looks is told by a watch."""
    command = [*platform.kubectl_command, "get", "pods", "--watch", "--output", "jsonpath={.spec.nodeName} "]
    label = f"batch.kubernetes.io/job-name={job_name(run_id)}"
    with tempfile.TemporaryFile("w+") as told:
        watch = subprocess.Popen([*command, "--selector", label], stdout=told)
        try:
            yield lambda: set(os.pread(told.fileno(), 1 << 20, 0).decode().split())
        finally:
            watch.terminate()
            watch.wait(10)
