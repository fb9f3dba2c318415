"""What Kustomize makes of k8s/, as a list of objects."""

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
K8S = ROOT / "k8s"
OVERLAYS = ("dev", "prod")
NAMESPACE = "stock-backtest"
POD_KINDS = ("Deployment", "StatefulSet", "Job")

Manifest = dict[str, Any]


@cache
def rendered_text(folder: Path) -> str:
    """Return one build as YAML."""
    command = ["kustomize", "build"] if shutil.which("kustomize") else ["kubectl", "kustomize"]
    return subprocess.run([*command, folder], capture_output=True, text=True, check=True).stdout


@cache
def rendered(overlay: str) -> list[Manifest]:
    """Return the objects of an overlay; nobody changes them."""
    return list(yaml.safe_load_all(rendered_text(K8S / "overlays" / overlay)))


def named(overlay: str, kind: str, name: str) -> Manifest:
    """Return the one object of this kind and name; a generated name may have its hash behind it."""
    (found,) = (
        o
        for o in rendered(overlay)
        if o["kind"] == kind
        and (o["metadata"]["name"] == name or o["metadata"]["name"].startswith(f"{name}-"))
    )
    return found


def worker_job(overlay: str) -> Manifest:
    """Return the worker's Job as web gets it: from the ConfigMap that the overlay delivers."""
    delivered = named(overlay, "ConfigMap", "worker-job-template")
    job: Manifest = yaml.safe_load(delivered["data"]["worker-job-template.yaml"])
    return job


def pods(overlay: str) -> dict[str, Manifest]:
    """Return the pod specs of everything that makes pods, the worker's Job too, by kind and name."""
    makers = [o for o in rendered(overlay) if o["kind"] in POD_KINDS] + [worker_job(overlay)]
    return {f"{o['kind']}/{o['metadata']['name']}": o["spec"]["template"]["spec"] for o in makers}


def containers(overlay: str) -> dict[str, Manifest]:
    """Return every container and init container, by its pod's and its own name."""
    return {
        f"{pod}/{container['name']}": container
        for pod, spec in pods(overlay).items()
        for container in (*spec.get("initContainers", ()), *spec["containers"])
    }
