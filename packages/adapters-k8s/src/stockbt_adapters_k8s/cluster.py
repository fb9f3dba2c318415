"""Where the cluster is: a pod's own ServiceAccount, else the operator's kubeconfig."""

from collections.abc import Mapping
from pathlib import Path

from kubernetes import config
from kubernetes.client import ApiClient, Configuration
from stockbt_domain.errors import BadConfiguration

from .launcher import K8sLauncher
from .template import JobTemplate

TEMPLATE = "/etc/stockbt/worker-job-template.yaml"
_OWN_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


def launcher_from_env(env: Mapping[str, str]) -> K8sLauncher:
    """Return the launcher that `env` describes, without asking the cluster anything.

    Raises BadConfiguration, which names the variable.
    """
    path = Path(env.get("WORKER_JOB_TEMPLATE") or TEMPLATE)
    template = JobTemplate.read(path, variable="WORKER_JOB_TEMPLATE")
    return K8sLauncher(client_from_env(env), template=template, namespace=namespace_from_env(env))


def client_from_env(env: Mapping[str, str]) -> ApiClient:
    """Return a client that repeats nothing by itself. Raises BadConfiguration."""
    configuration = Configuration()
    try:
        if env.get("KUBERNETES_SERVICE_HOST"):
            config.load_incluster_config(client_configuration=configuration)
        else:
            config.load_kube_config(
                config_file=env.get("KUBECONFIG") or None, client_configuration=configuration
            )
    except (config.ConfigException, OSError) as error:
        raise BadConfiguration(
            f"JOB_LAUNCHER_MODE is K8S, but there is neither a ServiceAccount nor a kubeconfig: {error}"
        ) from error
    configuration.retries = False
    return ApiClient(configuration)


def namespace_from_env(env: Mapping[str, str]) -> str:
    """Return the namespace of the Jobs. Raises BadConfiguration."""
    namespace = env.get("K8S_NAMESPACE")
    if not namespace and _OWN_NAMESPACE.exists():
        namespace = _OWN_NAMESPACE.read_text().strip()
    if not namespace:
        raise BadConfiguration("K8S_NAMESPACE must name the namespace of the Jobs outside a cluster")
    return namespace
