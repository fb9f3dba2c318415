"""What the version before writes on Jobs and looks for, kept as it was: a rollout has its webs at work, too.

Of a Job it knows the label `run_id` and the annotation `stockbt/spec-hash`, nothing with our domain.
"""

import hashlib
import json
from copy import deepcopy
from typing import Any

Manifest = dict[str, Any]


def template_of(ours: Manifest, *, image: str) -> Manifest:
    """Return its template: another image, since each version has its own, and places for its label."""
    template = deepcopy(ours)
    pod = template["spec"]["template"]
    for metadata in (template["metadata"], pod["metadata"]):
        metadata["labels"]["run_id"] = ""
    pod["spec"]["containers"][0]["image"] = image
    return template


def render(template: Manifest, run_id: str, namespace: str) -> Manifest:
    """Return the Job that its launcher makes of a template."""
    job = deepcopy(template)
    pod = job["spec"]["template"]
    job["metadata"]["name"] = f"worker-{run_id}"
    job["metadata"]["namespace"] = namespace
    for metadata in (job["metadata"], pod["metadata"]):
        metadata["labels"] = {**metadata["labels"], "run_id": run_id}
    for variable in pod["spec"]["containers"][0]["env"]:
        if variable["name"] == "RUN_ID":
            variable["value"] = run_id
    content = json.dumps(job, sort_keys=True, separators=(",", ":"), default=str)
    annotations = {**(job["metadata"].get("annotations") or {})}
    annotations["stockbt/spec-hash"] = hashlib.sha256(content.encode()).hexdigest()
    job["metadata"]["annotations"] = annotations
    return job


def sees(job: Manifest, run_id: str) -> bool:
    """Return whether its list, with the selector `run_id`, has this Job as this run's."""
    metadata = job["metadata"]
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    named = "run_id" in labels and metadata["name"] == f"worker-{labels['run_id']}"
    return named and labels["run_id"] == run_id and "stockbt/spec-hash" in annotations


def adopts(there: Manifest, template: Manifest, run_id: str, namespace: str) -> bool:
    """Return whether it takes the Job that has the run's name for its own of that template."""
    mine = render(template, run_id, namespace)["metadata"]["annotations"]["stockbt/spec-hash"]
    return sees(there, run_id) and bool(there["metadata"]["annotations"]["stockbt/spec-hash"] == mine)
