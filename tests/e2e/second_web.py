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
from dataclasses import dataclass, replace
from typing import Any

import yaml
from stockbt_adapters_k8s.cluster import client_from_env
from stockbt_adapters_k8s.launcher import TIMEOUTS, K8sLauncher
from stockbt_adapters_k8s.template import JobTemplate
from stockbt_adapters_local.machine import RandomIds, SystemClock
from stockbt_adapters_mysql.database import connect, database_url
from stockbt_domain.request import read_request
from stockbt_domain.run import Run
from stockbt_domain.usecases.submit import submit
from stockbt_runtime.settings import ExecutionSettings
from stockbt_runtime.workbench import workbench

from tests.ports import reserved_port
from tests.waiting import until

from .platform import REQUEST, Platform

ENGINES = ("legacy", "slow", "hungry")
Change = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class SecondWeb:
    """Submits with the template that the platform's webs have, perhaps changed."""

    platform: Platform
    kubeconfig: str

    def launcher(
        self, change: Change = lambda job: None, timeouts: tuple[float, float] = TIMEOUTS
    ) -> K8sLauncher:
        """Return a launcher of changed Jobs."""
        manifest = template_of(self.platform)
        change(manifest)
        return launcher_of(manifest, self.platform.namespace, {"KUBECONFIG": self.kubeconfig}, timeouts)

    def submit(self, launcher: Any, ids: Any = None, **fields: Any) -> Run:
        """Submit a backtest, launched by that launcher."""
        with self._database() as env:
            return submit_to(env, launcher, ids or RandomIds(), **fields)

    def submit_and_die(self, when: str) -> str:
        """Submit in a process of its own that kills itself `before` or `after` its Job is created, and
        return the run's id."""
        with self._database() as env:
            done = subprocess.run(
                [sys.executable, "-m", "tests.e2e.second_web", when, self.platform.namespace],
                env={**os.environ, **env},
                input=yaml.safe_dump(template_of(self.platform)),
                capture_output=True,
                text=True,
                timeout=60,
            )
        assert done.returncode == -signal.SIGKILL, done.stderr
        return done.stdout.strip()

    @contextmanager
    def _database(self) -> Iterator[dict[str, str]]:
        """Yield the environment of a web that reaches the database by a forwarded port, each time by a
        new one: it ends with the pod that it leads to."""
        port = reserved_port()
        context = f"kind-{self.platform.cluster}"
        command = ["kubectl", "--context", context, "--namespace", self.platform.namespace]
        forward = subprocess.Popen(
            [*command, "port-forward", "service/mysql", f"{port}:3306"], stdout=subprocess.DEVNULL
        )
        try:
            until(lambda: _listens(port), 30, "the database's port is forwarded")
            yield _env(self.platform, self.kubeconfig, port)
        finally:
            forward.terminate()
            forward.wait(10)


def launcher_of(
    manifest: dict[str, Any], namespace: str, env: Mapping[str, str], timeouts: tuple[float, float] = TIMEOUTS
) -> K8sLauncher:
    """Return a launcher of such Jobs."""
    template = JobTemplate(manifest)
    return K8sLauncher(client_from_env(env), template=template, namespace=namespace, timeouts=timeouts)


def submit_to(env: Mapping[str, str], launcher: Any, ids: Any, **fields: Any) -> Run:
    """Submit a backtest to the database that `env` names, as web does."""
    database = connect(database_url(env))
    try:
        bench = workbench(database, ExecutionSettings.from_env(env), launcher=launcher)
        bench = replace(
            bench,
            dispatch=replace(bench.dispatch, clock=SystemClock()),
            ids=ids,
            engines=ENGINES,
            # The cluster's engines are not installed here; a worker writes the real key when it claims.
            build=replace(bench.build, engine_digest=lambda name: "unknown"),
        )
        return submit(read_request(json.dumps({**REQUEST, **fields})), bench, actor="second web").run
    finally:
        database.close()


def _env(platform: Platform, kubeconfig: str, port: int) -> dict[str, str]:
    secret = platform.read("secret", "stockbt-web")["data"]
    names = platform.read("configmap", "stockbt-database")["data"]
    account = {name: base64.b64decode(value).decode() for name, value in secret.items()}
    here = {"DB_HOST": "127.0.0.1", "DB_PORT": str(port), "KUBECONFIG": kubeconfig}
    return {**names, **account, **here}


def template_of(platform: Platform) -> dict[str, Any]:
    """Return the template that the platform's webs have."""
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
    real = launcher_of(yaml.safe_load(sys.stdin), sys.argv[2], os.environ)
    submit_to(os.environ, _Dying(real, sys.argv[1]), RandomIds())
