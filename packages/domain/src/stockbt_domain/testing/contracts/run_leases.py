"""What every run repository must do with leases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ...errors import Superseded
from ...ports import RunRepository
from ...run import Run, Status
from . import samples


def running(runs: RunRepository, *, lease_seconds: float | None = 60) -> Run:
    """Return a stored run that a worker has claimed."""
    run = samples.a_run()
    runs.add(run, samples.first_event(run))
    mine = samples.claimed(run)
    runs.save(run, mine, event=samples.an_event(run, mine), lease_seconds=lease_seconds)
    return mine


def expired(runs: RunRepository, run: Run) -> bool:
    """Return whether the run's lease has run out."""
    return next(known.lease_expired for known in runs.open_runs() if known.run.run_id == run.run_id)


class RunLeasesContract:
    """The part of RunRepositoryContract on leases."""

    def test_a_run_without_a_lease_counts_as_expired(self, runs: RunRepository) -> None:
        """Nobody works on a PENDING run."""
        run = samples.a_run()
        runs.add(run, samples.first_event(run))

        assert expired(runs, run)

    def test_the_backlog_counts_open_runs(self, runs: RunRepository) -> None:
        """By status, with the submission of the oldest; an ended run is not in it."""
        nothing = runs.backlog()
        mine = running(runs)
        old = replace(samples.a_run(), created_at=mine.created_at - timedelta(hours=1))
        for run in (samples.a_run(), old):
            runs.add(run, samples.first_event(run))

        assert nothing == ()
        assert {(part.status, part.runs, part.oldest) for part in runs.backlog()} == {
            (Status.PENDING, 2, old.created_at),
            (Status.RUNNING, 1, mine.created_at),
        }

    def test_a_claim_sets_the_lease(self, runs: RunRepository) -> None:
        """The lease is set in the transaction of the claim and lives."""
        assert not expired(runs, running(runs))

    def test_a_save_without_a_lease_leaves_it_alone(self, runs: RunRepository) -> None:
        """Another change of the row neither ends nor prolongs the lease."""
        run = running(runs)
        runs.save(run, run.launched(at=samples.NEW_YEARS_EVE))

        assert not expired(runs, run)

    @pytest.mark.parametrize("seconds", [0, 0.0])
    def test_a_lease_of_nothing_ends_it_now(self, runs: RunRepository, seconds: float) -> None:
        """A worker that stops gives its run free at once."""
        run = running(runs)
        runs.renew_lease(run.run_id, run.attempt, seconds)

        assert expired(runs, run)

    def test_a_lease_is_renewed(self, runs: RunRepository) -> None:
        """A heartbeat brings an expired lease back while nobody took over, by parts of a second too."""
        run = running(runs, lease_seconds=0)
        assert expired(runs, run)
        runs.renew_lease(run.run_id, run.attempt, 3600.5)

        assert not expired(runs, run)
        assert runs.get(run.run_id) == run

    @pytest.mark.parametrize("ended", [False, True], ids=["taken over", "ended"])
    def test_a_lost_run_is_not_renewed(self, runs: RunRepository, ended: bool) -> None:
        """The heartbeat of a worker whose run is another's, or has ended, is Superseded."""
        mine = running(runs, lease_seconds=0)
        after = samples.failed(mine) if ended else samples.claimed(mine)
        runs.save(mine, after, event=samples.an_event(mine, after))

        with pytest.raises(Superseded):
            runs.renew_lease(mine.run_id, mine.attempt, 60)
        assert runs.get(mine.run_id) == after
        assert ended or expired(runs, mine)

    def test_only_a_running_run_has_a_lease_to_renew(self, runs: RunRepository) -> None:
        """A PENDING run's and an unknown run's lease cannot be renewed."""
        run = samples.a_run()
        runs.add(run, samples.first_event(run))

        for run_id in (run.run_id, samples.a_run().run_id, "\U0001f680"):
            with pytest.raises(Superseded):
                runs.renew_lease(run_id, 0, 60)
