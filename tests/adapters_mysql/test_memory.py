"""The in-memory adapters keep the contracts of their ports."""

import pytest
from stockbt_domain.errors import LaunchDeferred, LauncherUnavailable
from stockbt_domain.ports import JobState
from stockbt_domain.testing import (
    ManualClock,
    MemoryDatasets,
    MemoryLauncher,
    MemoryLeader,
    MemoryPresets,
    MemoryRuns,
    SequentialIds,
)
from stockbt_domain.testing.contracts import (
    ClockContract,
    DatasetRepositoryContract,
    IdGeneratorContract,
    JobLauncherContract,
    LeaderContract,
    PresetRepositoryContract,
    RunRepositoryContract,
    samples,
)


class TestMemoryRuns(RunRepositoryContract):
    @pytest.fixture
    def runs(self) -> MemoryRuns:
        """Give the adapter under test."""
        return MemoryRuns()

    def test_a_lease_runs_out_by_the_given_clock(self) -> None:
        """A lease of 60 seconds lives for less than 60 seconds."""
        clock = ManualClock()
        runs = MemoryRuns(clock)
        run = samples.a_run()
        runs.add(run, samples.first_event(run))
        runs.save(run, samples.claimed(run), lease_seconds=60)
        lease_expired = []
        for seconds in (59.999999, 0.000001):
            clock.advance(seconds)
            lease_expired.append(runs.open_runs()[0].lease_expired)

        assert lease_expired == [False, True]


class TestMemoryDatasets(DatasetRepositoryContract):
    @pytest.fixture
    def datasets(self) -> MemoryDatasets:
        """Give the adapter under test."""
        return MemoryDatasets()


class TestMemoryPresets(PresetRepositoryContract):
    @pytest.fixture
    def presets(self) -> MemoryPresets:
        """Give the adapter under test."""
        return MemoryPresets()


class TestMemoryLeader(LeaderContract):
    @pytest.fixture
    def leaders(self) -> tuple[MemoryLeader, MemoryLeader]:
        """Give the adapter under test."""
        leader = MemoryLeader()
        return leader, leader


class TestManualClock(ClockContract):
    @pytest.fixture
    def clock(self) -> ManualClock:
        """Give the adapter under test."""
        return ManualClock()


class TestSequentialIds(IdGeneratorContract):
    @pytest.fixture
    def ids(self) -> SequentialIds:
        """Give the adapter under test."""
        return SequentialIds()


class TestMemoryLauncher(JobLauncherContract):
    @pytest.fixture
    def launcher(self) -> MemoryLauncher:
        """Give the adapter under test."""
        return MemoryLauncher()

    def test_a_failure_is_raised_once_and_starts_nothing(self, launcher: MemoryLauncher) -> None:
        """A launch meets the next of `failures`; the one after it succeeds."""
        launcher.failures.append(LaunchDeferred("full"))
        with pytest.raises(LaunchDeferred):
            launcher.launch("one")
        launcher.launch("two")

        assert launcher.launched == ["two"]

    def test_a_lost_answer_leaves_a_job(self, launcher: MemoryLauncher) -> None:
        """The launch took place although its caller was told nothing."""
        launcher.answers_lost = 1
        with pytest.raises(LauncherUnavailable):
            launcher.launch("one")

        assert [job.run_id for job in launcher.jobs()] == ["one"]

    def test_a_job_does_as_it_is_told(self) -> None:
        """A job ends as `settle` says and ages by the clock."""
        clock = ManualClock()
        launcher = MemoryLauncher(clock=clock)
        launcher.launch("one")
        launcher.settle("one", JobState.FAILED, code="EVICTED", message="The node went away.")
        clock.advance(5)
        (job,) = launcher.jobs()

        assert (job.state, job.code, job.age_seconds) == (JobState.FAILED, "EVICTED", 5.0)

    def test_an_unavailable_launcher_answers_nothing(self, launcher: MemoryLauncher) -> None:
        """Every call fails while the launcher is away."""
        job = launcher.settle("one")
        launcher.unavailable = True

        for call in (launcher.jobs, lambda: launcher.launch("two"), lambda: launcher.delete(job)):
            with pytest.raises(LauncherUnavailable):
                call()
