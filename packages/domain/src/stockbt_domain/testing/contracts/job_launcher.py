"""What every launcher must do."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from ...ports import Job, JobLauncher, JobState
from .samples import a_run

NewRun = Callable[[], str]


def job_of(launcher: JobLauncher, run_id: str) -> Job | None:
    """Return the run's job, of which there is at most one."""
    found = [job for job in launcher.jobs() if job.run_id == run_id]
    assert len(found) <= 1, found
    return found[0] if found else None


class JobLauncherContract:
    """Subclass it with a fixture `launcher`, and with `new_run` where a run must be more than an id:
    it gives a function that makes a run which can be launched and returns its id."""

    @pytest.fixture
    def new_run(self) -> NewRun:
        """Return a maker of run ids."""
        return lambda: a_run().run_id

    def test_the_name_says_which_launcher_it_is(self, launcher: JobLauncher) -> None:
        """The name is the one that runs carry."""
        assert launcher.name in ("LOCAL", "K8S")

    def test_a_launched_run_has_a_job(self, launcher: JobLauncher, new_run: NewRun) -> None:
        """After the launch the job is listed: under way, or ended already."""
        run_id = new_run()
        before = job_of(launcher, run_id)
        launcher.launch(run_id)
        job = job_of(launcher, run_id)

        assert before is None
        assert job is not None
        assert job.uid
        assert job.state in tuple(JobState)
        assert job.age_seconds >= 0

    def test_launching_again_gives_the_same_job(self, launcher: JobLauncher, new_run: NewRun) -> None:
        """A repeated launch, such as after an answer that was lost, starts no second worker."""
        run_id = new_run()
        launcher.launch(run_id)
        first = job_of(launcher, run_id)
        launcher.launch(run_id)
        second = job_of(launcher, run_id)

        assert first is not None
        assert second is not None
        assert first.uid == second.uid

    def test_runs_have_jobs_of_their_own(self, launcher: JobLauncher, new_run: NewRun) -> None:
        """Each run's job has its own uid, and deleting one leaves the other."""
        one, two = new_run(), new_run()
        launcher.launch(one)
        launcher.launch(two)
        first, second = job_of(launcher, one), job_of(launcher, two)
        assert first is not None
        assert second is not None
        launcher.delete(first)

        assert first.uid != second.uid
        assert job_of(launcher, one) is None
        assert job_of(launcher, two) is not None

    def test_deleting_twice_is_fine(self, launcher: JobLauncher, new_run: NewRun) -> None:
        """A job that is gone already is what the caller wanted."""
        run_id = new_run()
        launcher.launch(run_id)
        job = job_of(launcher, run_id)
        assert job is not None
        launcher.delete(job)
        launcher.delete(job)

        assert job_of(launcher, run_id) is None

    def test_deleting_another_job_of_the_same_run_leaves_this_one(
        self, launcher: JobLauncher, new_run: NewRun
    ) -> None:
        """A delete is meant for one job by its uid, not for whatever has the run's name by now."""
        run_id = new_run()
        launcher.launch(run_id)
        job = job_of(launcher, run_id)
        assert job is not None
        launcher.delete(replace(job, uid="00000000-0000-4000-8000-ffffffffffff"))

        assert job_of(launcher, run_id) is not None
