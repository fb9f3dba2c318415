"""A second web beside the platform's: the same use case on the same database and cluster, whose
template, patience and life a test can choose. What becomes of its runs, the platform's own webs decide."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import yaml
from stockbt_adapters_k8s.cluster import client_from_env
from stockbt_adapters_k8s.launcher import TIMEOUTS, K8sLauncher
from stockbt_adapters_k8s.template import JobTemplate
from stockbt_adapters_local.machine import RandomIds, SystemClock
from stockbt_adapters_mysql.database import connect, database_url
from stockbt_adapters_mysql.datasets import SqlDatasets
from stockbt_adapters_mysql.runs import SqlRuns
from stockbt_domain.request import read_request
from stockbt_domain.run import Run
from stockbt_domain.usecases import submit

from .platform import REQUEST, Platform, until

ENGINES = ("legacy", "slow", "hungry")
Change = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Desk:
    """Submits with the template that the platform's webs have, perhaps changed."""

    env: Mapping[str, str]
    template: dict[str, Any]
    namespace: str

    def launcher(
        self, change: Change = lambda job: None, timeouts: tuple[float, float] = TIMEOUTS
    ) -> K8sLauncher:
        """Return a launcher of changed Jobs."""
        manifest = deepcopy(self.template)
        change(manifest)
        return K8sLauncher(
            client_from_env(self.env),
            template=JobTemplate(manifest),
            namespace=self.namespace,
            timeouts=timeouts,
        )

    def submit(self, launcher: Any, ids: Any = None, **fields: Any) -> Run:
        """Submit a backtest, launched by that launcher."""
        database = connect(database_url(self.env))
        try:
            return submit(
                read_request(json.dumps({**REQUEST, **fields})),
                runs=SqlRuns(database),
                datasets=SqlDatasets(database),
                launcher=launcher,
                clock=SystemClock(),
                ids=ids or RandomIds(),
                engines=ENGINES,
                actor="second web",
            ).run
        finally:
            database.close()

    def submit_and_die(self, when: str) -> str:
        """Submit in a process of its own that kills itself `before` or `after` its Job is created, and
        return the run's id."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.e2e.desk", when, self.namespace],
            env={**os.environ, **self.env},
            input=yaml.safe_dump(self.template),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == -signal.SIGKILL, done.stderr
        return done.stdout.strip()


@contextmanager
def open_desk(platform: Platform, kubeconfig: str) -> Iterator[Desk]:
    """Open a desk through a forwarded port of the database, with web's own account there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["kubectl", "--context", f"kind-{platform.cluster}", "--namespace", platform.namespace]
    forward = subprocess.Popen(
        [*command, "port-forward", "service/mysql", f"{port}:3306"], stdout=subprocess.DEVNULL
    )
    try:
        until(lambda: _listens(port), 30, "the database's port is forwarded")
        yield Desk(_env(platform, kubeconfig, port), _template(platform), platform.namespace)
    finally:
        forward.terminate()
        forward.wait(10)


def _env(platform: Platform, kubeconfig: str, port: int) -> dict[str, str]:
    secret = platform.read("secret", "stockbt-web")["data"]
    names = platform.read("configmap", "stockbt-database")["data"]
    account = {name: base64.b64decode(value).decode() for name, value in secret.items()}
    here = {"DB_HOST": "127.0.0.1", "DB_PORT": str(port), "KUBECONFIG": kubeconfig}
    return {**names, **account, **here}


def _template(platform: Platform) -> dict[str, Any]:
    volumes = platform.read("deployment", "web")["spec"]["template"]["spec"]["volumes"]
    (name,) = [v["configMap"]["name"] for v in volumes if "configMap" in v]
    template = yaml.safe_load(platform.read("configmap", name)["data"]["worker-job-template.yaml"])
    assert isinstance(template, dict)
    return template


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class _Dying:
    """A launcher whose process is killed around its first launch."""

    def __init__(self, real: K8sLauncher, when: str) -> None:
        self._real, self._when, self.name = real, when, real.name

    def launch(self, run_id: str) -> None:
        """Tell the run's id, and do not come back."""
        print(run_id, flush=True)
        if self._when == "after":
            self._real.launch(run_id)
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    desk = Desk(os.environ, yaml.safe_load(sys.stdin), sys.argv[2])
    desk.submit(_Dying(desk.launcher(), sys.argv[1]))
