"""Jobs of two versions in one cluster, as while one is rolled out: neither is foreign to the other."""

import json

from stockbt_adapters_k8s.launcher import K8sLauncher
from stockbt_adapters_k8s.marks import OLD_RUN_LABEL, RUN_LABEL

from tests.adapters_k8s import version_before

from .platform import Platform
from .second_web import SecondWeb, template_of
from .test_faults import completed_once, running


class AfterTheVersionBefore:
    """A launcher that comes second: a web of the version before has created the run's Job."""

    def __init__(self, platform: Platform, ours: K8sLauncher) -> None:
        self.name = ours.name
        self.uid = ""
        self._platform, self._ours = platform, ours

    def launch(self, run_id: str) -> None:
        """Launch what is launched already."""
        ours = template_of(self._platform)
        image = ours["spec"]["template"]["spec"]["containers"][0]["image"]
        template = version_before.template_of(ours, image=image)
        job = version_before.render(template, run_id, self._platform.namespace)
        self._platform.kubectl("create", "--filename", "-", input=json.dumps(job))
        self.uid = self._platform.job(run_id)["metadata"]["uid"]
        self._ours.launch(run_id)


def test_a_job_of_the_version_before_is_adopted_seen_and_deleted(
    faulty: Platform, second_web: SecondWeb
) -> None:
    """Although label, hash and image are of that version: one Job, one attempt, one result."""
    ours = second_web.launcher(
        lambda job: job["spec"]["template"]["spec"]["containers"][0].update(image="stockbt:000000000000")
    )
    launcher = AfterTheVersionBefore(faulty, ours)
    run_id = second_web.submit(launcher, engine="slow").run_id
    seen = {job.run_id: job.uid for job in ours.jobs()}

    assert seen[run_id] == launcher.uid == faulty.job(run_id)["metadata"]["uid"]
    completed_once(faulty, run_id, attempts=1)


def test_a_job_of_this_version_is_found_by_either_label(faulty: Platform) -> None:
    """A web of the version before lists by the old one, an operator asks by the new one."""
    run_id = running(faulty)
    found = {
        label: [o["kind"] for o in faulty.all("jobs,pods", "--selector", f"{label}={run_id}")]
        for label in (RUN_LABEL, OLD_RUN_LABEL)
    }

    assert found == {RUN_LABEL: ["Job", "Pod"], OLD_RUN_LABEL: ["Job", "Pod"]}
    assert version_before.sees(faulty.job(run_id), run_id)
    completed_once(faulty, run_id, attempts=1)
