"""Two versions side by side, as while one is rolled out or back: each sees and adopts the other's Jobs.

The version before names the run's label `run_id` and its hash `stockbt/spec-hash`; this one writes these
and the same two with the prefix `stockbt.dev/`; the next one writes the latter alone.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from stockbt_adapters_k8s.launcher import K8sLauncher
from stockbt_adapters_k8s.template import JobTemplate

from . import version_before
from .api_server import ApiServer
from .conftest import NAMESPACE
from .test_answers import NAME, RUN

Manifest = dict[str, Any]
OUR_IMAGE = "stockbt:set-by-the-overlay"
THEIR_IMAGE = "stockbt:0123456789ab"


def of_the_version_before(template: JobTemplate, run_id: str = RUN, image: str = THEIR_IMAGE) -> Manifest:
    """Return a Job as the version before made it."""
    theirs = version_before.template_of(template.manifest, image=image)
    return version_before.render(theirs, run_id, NAMESPACE)


def of_the_next_version(template: JobTemplate, run_id: str = RUN) -> Manifest:
    """Return a Job as the next version will make it: without the names that have no domain."""
    job = template.render(run_id, NAMESPACE)
    pod = job["spec"]["template"]
    del job["metadata"]["labels"]["run_id"], pod["metadata"]["labels"]["run_id"]
    del job["metadata"]["annotations"]["stockbt/spec-hash"]
    job["metadata"]["annotations"]["stockbt.dev/spec-hash"] = "f" * 64
    pod["spec"]["containers"][0]["image"] = "stockbt:ba9876543210"
    return job


OTHERS = pytest.mark.parametrize(
    "of_another_version", [of_the_version_before, of_the_next_version], ids=["before", "next"]
)


@OTHERS
def test_a_job_of_another_version_is_adopted(
    server: ApiServer,
    launcher: K8sLauncher,
    template: JobTemplate,
    of_another_version: Callable[..., Manifest],
) -> None:
    """Its image is another, and with it its hash; that is no reason to refuse the run its own Job."""
    server.create(of_another_version(template))
    before = json.dumps(server.jobs)
    launcher.launch(RUN)

    assert json.dumps(server.jobs) == before
    assert [method for method, _, _ in server.requests] == ["POST", "GET"]


def test_a_job_of_the_version_before_is_adopted_where_both_have_one_template(
    server: ApiServer, launcher: K8sLauncher, template: JobTemplate
) -> None:
    """A web outside of the cluster has a new version and the old image: the hashes are equal."""
    server.create(of_the_version_before(template, image=OUR_IMAGE))
    launcher.launch(RUN)

    assert list(server.jobs) == [NAME]


@OTHERS
def test_a_job_of_another_version_is_deleted(
    server: ApiServer,
    launcher: K8sLauncher,
    template: JobTemplate,
    of_another_version: Callable[..., Manifest],
) -> None:
    """By its name, which no version changed, and its uid."""
    server.create(of_another_version(template))
    (job,) = launcher.jobs()
    launcher.delete(job)

    assert job.run_id == RUN
    assert server.jobs == {}


def test_one_question_lists_the_jobs_of_every_version(
    server: ApiServer, launcher: K8sLauncher, template: JobTemplate
) -> None:
    """A run whose Job is not listed would be launched again."""
    server.create(of_the_version_before(template, "a"))
    launcher.launch("b")
    server.create(of_the_next_version(template, "c"))
    server.requests.clear()

    assert [job.run_id for job in launcher.jobs()] == ["a", "b", "c"]
    assert len(server.requests) == 1


def test_what_is_no_runs_job_is_not_listed(
    server: ApiServer, launcher: K8sLauncher, template: JobTemplate
) -> None:
    """The migration's Job is in the namespace too, and whatever an operator makes there."""
    launcher.launch(RUN)
    theirs = of_the_version_before(template, "of-an-operator")
    del theirs["metadata"]["annotations"]
    server.create(theirs)
    server.create({**theirs, "metadata": {"name": "migration-0123456789ab"}})

    assert [job.run_id for job in launcher.jobs()] == [RUN]


def test_a_web_of_the_version_before_sees_this_versions_jobs(
    server: ApiServer, launcher: K8sLauncher
) -> None:
    """Otherwise its reconciler would launch a running run again."""
    launcher.launch(RUN)

    assert version_before.sees(server.jobs[NAME], RUN)


def test_a_web_of_the_version_before_adopts_this_versions_jobs_of_the_same_template(
    server: ApiServer, launcher: K8sLauncher, template: JobTemplate
) -> None:
    """The labels with our domain are in no hash, since it has none to put into its own."""
    launcher.launch(RUN)
    theirs = version_before.template_of(template.manifest, image=OUR_IMAGE)

    assert version_before.adopts(server.jobs[NAME], theirs, RUN, NAMESPACE)


def test_the_template_of_the_version_before_serves_as_well(template: JobTemplate) -> None:
    """An operator may have it still: the same Job comes of it."""
    theirs = JobTemplate(version_before.template_of(template.manifest, image=OUR_IMAGE))

    assert theirs.render(RUN, NAMESPACE) == template.render(RUN, NAMESPACE)


def test_the_version_before_can_use_this_versions_template(
    server: ApiServer, launcher: K8sLauncher, template: JobTemplate
) -> None:
    """An operator may have it already: what it makes of it is what it makes of its own."""
    theirs = version_before.template_of(template.manifest, image=OUR_IMAGE)
    made = version_before.render(template.manifest, RUN, NAMESPACE)
    server.create(made)
    launcher.launch(RUN)

    assert made == version_before.render(theirs, RUN, NAMESPACE)
    assert [job.run_id for job in launcher.jobs()] == [RUN]
