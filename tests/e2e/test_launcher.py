"""The K8S launcher keeps the port's contract on a real API server."""

import uuid
from collections.abc import Iterator

import pytest
from kubernetes import config
from kubernetes.client import ApiClient, Configuration
from stockbt_adapters_k8s.launcher import K8sLauncher
from stockbt_adapters_k8s.template import JobTemplate
from stockbt_domain.testing.contracts import JobLauncherContract

from .conftest import ROOT
from .platform import Platform

TEMPLATE = ROOT / "k8s" / "base" / "worker-job-template.yaml"


def client_of(platform: Platform) -> ApiClient:
    """Return a client with the operator's rights that repeats nothing by itself."""
    configuration = Configuration()
    config.load_kube_config(context=f"kind-{platform.cluster}", client_configuration=configuration)
    configuration.retries = False
    return ApiClient(configuration)


@pytest.fixture(scope="module")
def namespace(platform: Platform) -> Iterator[str]:
    """Return an empty namespace."""
    name = f"stockbt-contract-{uuid.uuid4().hex[:8]}"
    platform.kubectl("create", "namespace", name)
    yield name
    platform.kubectl("delete", "namespace", name, "--wait=false")


class TestK8sLauncher(JobLauncherContract):
    """In a namespace of its own, whose Jobs find no image and so never end."""

    @pytest.fixture
    def launcher(self, platform: Platform, namespace: str) -> K8sLauncher:
        """Return a launcher that reads its Jobs two at a time."""
        template = JobTemplate.read(TEMPLATE, variable="WORKER_JOB_TEMPLATE")
        return K8sLauncher(client_of(platform), template=template, namespace=namespace, page=2)
