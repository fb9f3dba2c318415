"""What every run repository must do with idempotency keys."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from ...errors import IdempotencyConflict, RunAlreadyExists, RunNotFound
from ...idempotency import IdempotencyKey
from ...ports import RunRepository
from ...run import Run
from . import samples

BODY = "b" * 64


def key(
    name: str = "k", *, caller: str = "alice", body: str = BODY, after: timedelta = timedelta()
) -> IdempotencyKey:
    """Return a caller's key."""
    return IdempotencyKey(caller, name, body, samples.NEW_YEARS_EVE + after)


def submit(runs: RunRepository, idempotency: IdempotencyKey, run: Run | None = None) -> Run:
    """Store a new run under the key, unless the key has one."""
    run = run or samples.a_run()
    return runs.add(run, samples.first_event(run), idempotency=idempotency)


class RunSubmissionContract:
    """The part of RunRepositoryContract on idempotency."""

    def test_the_same_key_and_body_give_the_first_run(self, runs: RunRepository) -> None:
        """A repeated submission answers the first run as it is by now, and stores nothing."""
        first = submit(runs, key())
        mine = samples.claimed(first)
        runs.save(first, mine)
        again = samples.a_run()

        assert submit(runs, key(after=timedelta(hours=23, minutes=59)), again) == mine
        with pytest.raises(RunNotFound):
            runs.get(again.run_id)

    def test_the_same_key_with_another_body_is_a_conflict(self, runs: RunRepository) -> None:
        """A key stands for one body; nothing is stored for another."""
        submit(runs, key())
        other = samples.a_run()

        with pytest.raises(IdempotencyConflict):
            submit(runs, key(body="c" * 64), other)
        with pytest.raises(RunNotFound):
            runs.get(other.run_id)

    @pytest.mark.parametrize("body", [BODY, "c" * 64], ids=["same body", "other body"])
    def test_a_key_expires_after_a_day(self, runs: RunRepository, body: str) -> None:
        """24 hours after its first use a key names a new run, and holds again from then on."""
        first = submit(runs, key())
        second = submit(runs, key(body=body, after=timedelta(hours=24)))
        third = submit(runs, key(body=body, after=timedelta(hours=47)))

        assert second.run_id != first.run_id
        assert third == second

    def test_a_key_belongs_to_its_caller(self, runs: RunRepository) -> None:
        """Two callers may use the same key; keys differ in case, accents and spaces at their end."""
        keys = [
            key(),
            key(caller="bob"),
            key("K"),
            key("k "),
            key("é"),
            key("e\u0301"),
            key("\U0001f680" * 300),
            key("ek", caller="alic"),
        ]
        submitted = {submit(runs, each).run_id for each in keys}

        assert len(submitted) == len(keys)

    def test_a_run_without_a_key_is_always_new(self, runs: RunRepository) -> None:
        """Without a key the same request twice is two runs."""
        first, second = samples.a_run(), samples.a_run()
        for run in (first, second):
            runs.add(run, samples.first_event(run))

        assert len(runs.open_runs()) == 2

    def test_a_known_run_id_under_a_new_key_stores_no_key(self, runs: RunRepository) -> None:
        """A refused run leaves its key free."""
        known = submit(runs, key("one"))
        with pytest.raises(RunAlreadyExists):
            submit(runs, key("two"), known)
        new = samples.a_run()

        assert submit(runs, key("two"), new) == new

    def test_of_many_submissions_at_once_one_is_stored(self, runs: RunRepository) -> None:
        """The same key from several requests at the same time gives all of them one run."""
        requests = 6
        barrier = Barrier(requests)

        def post(run: Run) -> str:
            barrier.wait()
            return submit(runs, key(), run).run_id

        with ThreadPoolExecutor(requests) as pool:
            answers = set(pool.map(post, [samples.a_run() for _ in range(requests)]))

        assert len(answers) == 1
        assert [known.run.run_id for known in runs.open_runs()] == list(answers)
