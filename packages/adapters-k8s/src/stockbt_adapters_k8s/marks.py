"""What a run's Job is known by: its name, the label with the run's id, the hash of what was sent.

Label and hash have two names each, the newer one with our domain. While a version is rolled out or back,
webs, Jobs, templates and policies of two versions live side by side, so names change in two steps:

- 0.1, this version, writes both names and reads either. A web of the version before lists Jobs by `run_id`
  and would launch a running run again whose Job it cannot see.
- 0.2 writes and reads the newer names alone, which webs of 0.1 read already.
"""

from typing import Any

Manifest = dict[str, Any]

RUN_LABEL, OLD_RUN_LABEL = "stockbt.dev/run-id", "run_id"
SPEC_HASH, OLD_SPEC_HASH = "stockbt.dev/spec-hash", "stockbt/spec-hash"
"""The annotation that tells a Job of ours from another one that has its name."""


def job_name(run_id: str) -> str:
    """Return the name of a run's Job: the id in full, since a shortened one collides."""
    return f"worker-{run_id}"


def run_of(job: Manifest) -> str | None:
    """Return the run whose Job this is, None where no launcher of this version, the one before or the
    next one made it: named by its run's label, of which there is one value, and with a hash."""
    metadata = job["metadata"]
    labels = metadata.get("labels") or {}
    told = {labels[name] for name in (RUN_LABEL, OLD_RUN_LABEL) if labels.get(name)}
    if len(told) != 1 or _spec_hash(job) is None:
        return None
    (run_id,) = told
    return str(run_id) if metadata["name"] == job_name(run_id) else None


def agree(there: Manifest, ours: Manifest) -> bool:
    """Return whether two Jobs of one run are of one template, or of two versions' templates.

    The image is in the hash, so versions never agree on one: what a Job with another version's image
    should have been, only that version could say.
    """
    return _spec_hash(there) == _spec_hash(ours) or _images(there) != _images(ours)


def _spec_hash(job: Manifest) -> str | None:
    annotations = job["metadata"].get("annotations") or {}
    return annotations.get(SPEC_HASH) or annotations.get(OLD_SPEC_HASH)


def _images(job: Manifest) -> list[str]:
    return [container["image"] for container in job["spec"]["template"]["spec"]["containers"]]
