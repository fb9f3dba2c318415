"""The worker's Job as Git has it: parsed once, and filled in as data for each run."""

import hashlib
import json
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml
from stockbt_domain.errors import BadConfiguration

RUN_LABEL = "run_id"
SPEC_HASH = "stockbt/spec-hash"
"""The annotation that tells a Job of ours from another one that has its name."""

Manifest = dict[str, Any]


def job_name(run_id: str) -> str:
    """Return the name of a run's Job: the id in full, since a shortened one collides."""
    return f"worker-{run_id}"


@dataclass(frozen=True, slots=True)
class JobTemplate:
    """A batch/v1 Job whose only open places are its name, its namespace, the run's label and RUN_ID."""

    manifest: Manifest

    @classmethod
    def read(cls, path: Path, *, variable: str) -> Self:
        """Read the template from a file. Raises BadConfiguration, which names the `variable` that
        gave its path."""
        try:
            manifest = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise BadConfiguration(f"{variable} names a file that cannot be read: {error}") from error
        except yaml.YAMLError as error:
            raise BadConfiguration(f"{variable} names {path}, which is not YAML: {error}") from error
        wrong = _wrong_with(manifest)
        if wrong:
            raise BadConfiguration(f"{variable} names {path}, which is no worker's Job: {wrong}")
        return cls(manifest)

    def render(self, run_id: str, namespace: str) -> Manifest:
        """Return the Job of a run, with the hash of all of it as an annotation."""
        job = deepcopy(self.manifest)
        pod = job["spec"]["template"]
        job["metadata"]["name"] = job_name(run_id)
        job["metadata"]["namespace"] = namespace
        for metadata in (job["metadata"], pod.setdefault("metadata", {})):
            metadata["labels"] = {**(metadata.get("labels") or {}), RUN_LABEL: run_id}
        for variable in _run_id_variables(job):
            variable["value"] = run_id
        content = json.dumps(job, sort_keys=True, separators=(",", ":"), default=str)
        annotations = {**(job["metadata"].get("annotations") or {})}
        annotations[SPEC_HASH] = hashlib.sha256(content.encode()).hexdigest()
        job["metadata"]["annotations"] = annotations
        return job


def _wrong_with(manifest: Any) -> str | None:
    """Return what keeps a parsed file from being a worker's Job, None when nothing does."""
    if not isinstance(manifest, dict):
        return "it is not one object"
    if (manifest.get("apiVersion"), manifest.get("kind")) != ("batch/v1", "Job"):
        kind = f"{manifest.get('apiVersion')} {manifest.get('kind')}"
        return f"its kind is {kind}, not batch/v1 Job"
    if not isinstance(manifest.get("metadata"), dict):
        return "it has no metadata"
    try:
        containers = _containers(manifest)
        nameless = [c["name"] for c in containers if not c.get("image")]
        variables = _run_id_variables(manifest)
    except (KeyError, TypeError, AttributeError) as error:
        return f"its pod template is not complete ({type(error).__name__}: {error})"
    if not containers:
        return "its pod has no container"
    if nameless:
        return f"its container {nameless[0]} has no image"
    if len(variables) != 1 or "valueFrom" in variables[0]:
        return "its pod needs exactly one variable RUN_ID, with a value"
    return None


def _containers(manifest: Manifest) -> list[Manifest]:
    return list(manifest["spec"]["template"]["spec"]["containers"])


def _run_id_variables(manifest: Manifest) -> list[Manifest]:
    return [v for c in _containers(manifest) for v in c.get("env") or () if v["name"] == "RUN_ID"]
