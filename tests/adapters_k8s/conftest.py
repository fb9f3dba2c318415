"""A launcher whose API server is in this process."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kubernetes.client import ApiClient, Configuration
from stockbt_adapters_k8s.launcher import K8sLauncher
from stockbt_adapters_k8s.template import JobTemplate

from .api_server import ApiServer

TEMPLATE = Path(__file__).parents[2] / "k8s" / "base" / "worker-job-template.yaml"
NAMESPACE = "backtests"


@pytest.fixture
def template() -> JobTemplate:
    """Return the template that is in Git."""
    return JobTemplate.read(TEMPLATE, variable="WORKER_JOB_TEMPLATE")


@pytest.fixture
def server() -> Iterator[ApiServer]:
    """Return an API server without Jobs."""
    server = ApiServer()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.patience.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def make_launcher(server: ApiServer, template: JobTemplate) -> Callable[..., K8sLauncher]:
    """Make launchers on that server."""

    def make(page: int = 500, timeouts: tuple[float, float] = (1.0, 1.0)) -> K8sLauncher:
        configuration = Configuration(host=server.url)
        configuration.retries = False
        client = ApiClient(configuration)
        return K8sLauncher(client, template=template, namespace=NAMESPACE, page=page, timeouts=timeouts)

    return make


@pytest.fixture
def launcher(make_launcher: Callable[..., K8sLauncher]) -> K8sLauncher:
    """Return a launcher on that server."""
    return make_launcher()
