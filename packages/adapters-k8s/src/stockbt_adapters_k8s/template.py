"""The worker's Job as Git has it: parsed once, and filled in as data for each run."""

import hashlib
import json
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml
from stockbt_domain.errors import BadConfiguration

from .marks import OLD_RUN_LABEL, OLD_SPEC_HASH, RUN_LABEL, SPEC_HASH, Manifest, job_name


@dataclass(frozen=True, slots=True)
class JobTemplate:
    """A batch/v1 Job whose only open places are its name, its namespace, the run's labels and RUN_ID."""

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
        labelled = (job["metadata"], pod.setdefault("metadata", {}))
        for metadata in labelled:
            metadata["labels"] = {**(metadata.get("labels") or {}), OLD_RUN_LABEL: run_id}
        for variable in _run_id_variables(job):
            variable["value"] = run_id
        content = json.dumps(job, sort_keys=True, separators=(",", ":"), default=str)
        spec_hash = hashlib.sha256(content.encode()).hexdigest()
        # After the hash: the version before has no such label and must come to the same hash, or would take
        # this Job for a foreign one where the template is the same.
        for metadata in labelled:
            metadata["labels"][RUN_LABEL] = run_id
        annotations = job["metadata"].get("annotations") or {}
        job["metadata"]["annotations"] = {**annotations, SPEC_HASH: spec_hash, OLD_SPEC_HASH: spec_hash}
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
