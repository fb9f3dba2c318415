"""What every run repository must do."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest

from ...errors import NoResult, RunAlreadyExists, RunNotFound, Superseded
from ...event_log import chain_faults
from ...messages import Message
from ...ports import RunRepository
from ...result import RESULT_TABLES, Caveat, Result
from ...run import Run
from . import samples
from .run_leases import RunLeasesContract
from .run_list import RunListContract
from .run_pruning import RunPruningContract
from .run_queue import RunQueueContract
from .run_reuse import RunReuseContract
from .run_submission import RunSubmissionContract


class Unreadable(Exception):
    """Raised by a table that cannot be read."""


class BrokenTable(dict[str, memoryview]):
    """A table that fails while it is being stored."""

    def items(self) -> Any:
        """Fail."""
        raise Unreadable

    def __iter__(self) -> Iterator[str]:
        raise Unreadable


def add(runs: RunRepository, run: Run) -> Run:
    """Store `run` with its first event."""
    return runs.add(run, samples.first_event(run))


def claim(runs: RunRepository, run: Run) -> Run:
    """Claim a stored run."""
    mine = samples.claimed(run)
    runs.save(run, mine, event=samples.an_event(run, mine), lease_seconds=60)
    return mine


def finish(runs: RunRepository, run: Run, result: Result) -> Run:
    """Store the result of a claimed run."""
    after = samples.succeeded(run, result)
    runs.save(run, after, event=samples.an_event(run, after), result=result)
    return after


class RunRepositoryContract(
    RunSubmissionContract,
    RunListContract,
    RunLeasesContract,
    RunQueueContract,
    RunReuseContract,
    RunPruningContract,
):
    """Subclass it with a fixture `runs` that gives an empty repository."""

    def test_a_stored_run_reads_back_exactly(self, runs: RunRepository) -> None:
        """Every field comes back as it was stored: text byte for byte, times to the microsecond."""
        run = samples.a_run()

        assert add(runs, run) == run
        assert runs.get(run.run_id) == run
        assert runs.get(run.run_id).request.params_text == samples.PARAMS

    def test_a_time_keeps_its_microseconds(self, runs: RunRepository) -> None:
        """A fraction at the very end of the year stays in that year."""
        run = add(runs, samples.a_run(at=samples.NEW_YEARS_EVE.replace(microsecond=999999)))

        assert runs.get(run.run_id).created_at.isoformat() == "2024-12-31T23:59:59.999999+00:00"

    def test_a_run_of_an_invalid_request_keeps_what_could_be_read(self, runs: RunRepository) -> None:
        """Whatever may be None is stored as None."""
        run = Run(run_id=samples.a_run().run_id, created_at=samples.NEW_YEARS_EVE, launcher="K8S")
        part = samples.a_run(ticker=None, direction=None)
        for each in (run, part):
            add(runs, each)

        assert [runs.get(each.run_id) for each in (run, part)] == [run, part]

    @pytest.mark.parametrize(
        "text",
        ["", " {} ", "{\r\n}\t", "\x00", "'\"`\\", "%s %(a)s :b ? $1", "\U0001f680 é e\u0301", "x" * 100_000],
        ids=["empty", "spaces", "lines", "nul", "quotes", "placeholders", "unicode", "long"],
    )
    def test_text_is_stored_as_received(self, runs: RunRepository, text: str) -> None:
        """The request and its parameters come back byte for byte."""
        run = add(runs, samples.a_run(request_text=text, params_text=text))

        stored = runs.get(run.run_id)
        assert (stored.request_text, stored.request.params_text) == (text, text)

    def test_the_longest_valid_values_fit(self, runs: RunRepository) -> None:
        """Each text field holds what validation permits."""
        run = samples.a_run(ticker="T" * 32, rule_type="\U0001f680" * 64, rule_id="\U0001f680" * 128)
        run = samples.changed(run, start_date=date.min, end_date=date.max, initial_capital=1e12)
        run = run.failed(at=run.created_at, kind="user_error", code="INVALID_PARAMS", message="é" * 50_000)
        add(runs, run)

        assert runs.get(run.run_id) == run

    def test_an_unknown_run_is_not_found(self, runs: RunRepository) -> None:
        """Reading a run that is not there says so, whatever is asked for."""
        for read in (runs.get, runs.result, runs.events, lambda run_id: runs.table(run_id, "trades")):
            for unknown in (samples.a_run().run_id, "no id", "\U0001f680", ""):
                with pytest.raises(RunNotFound):
                    read(unknown)

    def test_a_run_is_stored_once(self, runs: RunRepository) -> None:
        """A second run with the same id is refused, and the first one stays as it was."""
        run = add(runs, samples.a_run())

        with pytest.raises(RunAlreadyExists):
            add(runs, samples.changed(run, ticker="MSFT"))
        assert runs.get(run.run_id) == run
        assert len(runs.events(run.run_id)) == 1

    def test_a_save_replaces_the_run(self, runs: RunRepository) -> None:
        """What was saved is what is read."""
        run = add(runs, samples.a_run())
        mine = claim(runs, run)

        assert runs.get(run.run_id) == mine

    def test_a_save_without_an_event_adds_none(self, runs: RunRepository) -> None:
        """A note on the row, such as one more launch, is not a transition."""
        run = add(runs, samples.a_run())
        after = run.launched(at=samples.NEW_YEARS_EVE)
        runs.save(run, after)

        assert runs.get(run.run_id) == after
        assert len(runs.events(run.run_id)) == 1

    @pytest.mark.parametrize("stale", ["status", "attempt", "missing"])
    def test_a_stale_save_writes_nothing(self, runs: RunRepository, stale: str) -> None:
        """A save on a run that is no longer as seen is Superseded, and leaves row and events alone."""
        run = add(runs, samples.a_run())
        seen = claim(runs, run)
        stored = claim(runs, seen)
        before = {"status": run, "attempt": seen, "missing": samples.claimed(samples.a_run())}[stale]
        result = samples.a_result()
        after = samples.succeeded(samples.claimed(before), result)

        with pytest.raises(Superseded):
            runs.save(before, after, event=samples.an_event(before, after), result=result, lease_seconds=60)
        assert runs.get(run.run_id) == stored
        assert len(runs.events(run.run_id)) == 3
        with pytest.raises(NoResult):
            runs.result(run.run_id)

    def test_a_repeated_save_is_superseded(self, runs: RunRepository) -> None:
        """After a commit whose acknowledgement was lost, saving again changes nothing."""
        run = add(runs, samples.a_run())
        mine = claim(runs, run)
        after = finish(runs, mine, samples.a_result())

        with pytest.raises(Superseded):
            finish(runs, mine, samples.a_result())
        assert runs.get(run.run_id) == after
        assert len(runs.events(run.run_id)) == 3

    def test_an_ended_run_stays_as_it_ended(self, runs: RunRepository) -> None:
        """A late failure does not overwrite a success."""
        mine = claim(runs, add(runs, samples.a_run()))
        after = finish(runs, mine, samples.a_result())
        late = samples.failed(mine)

        with pytest.raises(Superseded):
            runs.save(mine, late, event=samples.an_event(mine, late))
        assert runs.get(mine.run_id) == after

    def test_events_are_chained_in_order(self, runs: RunRepository) -> None:
        """The events tell the whole history, each one hashed over the one before."""
        run = add(runs, samples.a_run())
        mine = claim(runs, run)
        after = finish(runs, mine, samples.a_result())
        events = runs.events(run.run_id)

        assert [(e.from_status, e.to_status, e.attempt) for e in events] == [
            (None, "PENDING", 0),
            ("PENDING", "RUNNING", 1),
            ("RUNNING", "SUCCEEDED", 1),
        ]
        assert events[0] == replace(samples.first_event(run), hash=events[0].hash)
        assert events[2] == replace(samples.an_event(mine, after), hash=events[2].hash)
        assert not chain_faults(events, run_id=run.run_id, result_hashes=(after.end.result_hash,))
        assert chain_faults(events, run_id=run.run_id, result_hashes=("0" * 64,))

    def test_events_are_in_the_order_of_their_times(self, runs: RunRepository) -> None:
        """A writer whose clock is behind writes no event earlier than the one before, and the chain holds."""
        run = add(runs, samples.a_run())
        mine = samples.claimed(run)
        early = replace(samples.an_event(run, mine), at=run.created_at - timedelta(days=40))
        runs.save(run, mine, event=early)
        events = runs.events(run.run_id)

        assert events[1].at == events[0].at
        assert not chain_faults(events, run_id=run.run_id, result_hashes=(None,))

    def test_a_result_reads_back_exactly(self, runs: RunRepository) -> None:
        """Every number of the result comes back bit for bit, an open trade's NaN included."""
        result = samples.a_result()
        after = finish(runs, claim(runs, add(runs, samples.a_run())), result)
        stored = runs.result(after.run_id)

        for table in ("equity_curve", "trades", "orders", "series"):
            assert list(getattr(stored, table)) == list(getattr(result, table))
            assert samples.contents(getattr(stored, table)) == samples.contents(getattr(result, table))
        assert stored.warnings == result.warnings
        assert stored.hash == result.hash == runs.get(after.run_id).end.result_hash

    def test_a_warning_keeps_what_its_sentence_is_made_of(self, runs: RunRepository) -> None:
        """With the run and with its result, so that a page can say it in another language."""
        part = Message("OUT_OF_RANGE.above", minimum="%(x)s; {}", maximum=1)
        message = Message("DATA", finding=part)
        caveat = Caveat("DATA_GAP", message)
        result = replace(samples.a_result(), warnings=(caveat,))
        after = finish(runs, claim(runs, add(runs, samples.a_run())), result)

        for warnings in (runs.result(after.run_id).warnings, runs.get(after.run_id).end.warnings):
            again = warnings[0].message
            assert warnings == (caveat,)
            assert isinstance(again, Message)
            assert again.as_json() == message.as_json()

    def test_one_table_is_read_alone(self, runs: RunRepository) -> None:
        """Each table comes back as it does with the whole result, and before the end there is none."""
        result = samples.a_result()
        mine = claim(runs, add(runs, samples.a_run()))
        with pytest.raises(NoResult):
            runs.table(mine.run_id, "trades")
        after = finish(runs, mine, result)

        for name in RESULT_TABLES:
            stored = runs.table(after.run_id, name)
            assert list(stored) == list(getattr(result, name))
            assert samples.contents(stored) == samples.contents(getattr(result, name))

    def test_metrics_read_back_exactly(self, runs: RunRepository) -> None:
        """A metric keeps its value to the last bit, and a count stays a whole number."""
        result = samples.a_result()
        after = finish(runs, claim(runs, add(runs, samples.a_run())), result)

        for metrics in (runs.get(after.run_id).end.metrics, runs.result(after.run_id).metrics):
            assert {name: repr(value) for name, value in metrics.items()} == {
                name: repr(value) for name, value in samples.METRICS.items()
            }

    def test_a_result_without_a_trade_is_stored(self, runs: RunRepository) -> None:
        """Empty tables keep their columns and their hash."""
        result = samples.a_result(bars=1, trades=())
        after = finish(runs, claim(runs, add(runs, samples.a_run())), result)
        stored = runs.result(after.run_id)

        assert samples.contents(stored.trades) == samples.contents(result.trades)
        assert stored.hash == result.hash

    def test_a_stored_result_is_its_own_copy(self, runs: RunRepository) -> None:
        """What the engine does with its memory afterwards does not reach the stored result."""
        buffer = bytearray(8 * 3)
        plain = samples.a_result(bars=3)
        result = replace_table(plain, series={"close": memoryview(buffer).cast("d")})
        after = finish(runs, claim(runs, add(runs, samples.a_run())), result)
        buffer[:] = b"\xff" * len(buffer)

        assert runs.result(after.run_id).series["close"].tolist() == [0.0, 0.0, 0.0]

    def test_a_run_without_result_says_so(self, runs: RunRepository) -> None:
        """PENDING, RUNNING and FAILED runs have no result."""
        run = add(runs, samples.a_run())
        mine = claim(runs, add(runs, samples.a_run()))
        late = claim(runs, add(runs, samples.a_run()))
        runs.save(late, samples.failed(late), event=samples.an_event(late, samples.failed(late)))

        for without in (run, mine, late):
            with pytest.raises(NoResult):
                runs.result(without.run_id)

    def test_a_result_is_stored_whole_or_not_at_all(self, runs: RunRepository) -> None:
        """A failure while storing leaves the run as it was: RUNNING, with no event and no result."""
        mine = claim(runs, add(runs, samples.a_run()))
        result = replace_table(samples.a_result(), series=BrokenTable())

        with pytest.raises(Unreadable):
            finish(runs, mine, result)
        assert runs.get(mine.run_id) == mine
        assert len(runs.events(mine.run_id)) == 2
        with pytest.raises(NoResult):
            runs.result(mine.run_id)

    def test_of_many_claims_at_once_exactly_one_wins(self, runs: RunRepository) -> None:
        """Workers that saw the same run claim it together: one holds it, the others are Superseded."""
        run = add(runs, samples.a_run())
        workers = 6
        barrier = Barrier(workers)

        def compete(number: int) -> bool:
            mine = samples.changed(samples.claimed(run), image_tag=str(number))
            barrier.wait()
            try:
                runs.save(run, mine, event=samples.an_event(run, mine), lease_seconds=60)
            except Superseded:
                return False
            return True

        with ThreadPoolExecutor(workers) as pool:
            won = list(pool.map(compete, range(workers)))

        assert won.count(True) == 1
        stored = runs.get(run.run_id)
        assert stored.computed_by is not None and stored.computed_by.image_tag == str(won.index(True))
        assert stored.attempt == 1
        assert len(runs.events(run.run_id)) == 2


def replace_table(result: Result, **tables: Any) -> Result:
    """Return `result` with other tables."""
    values = {
        name: getattr(result, name)
        for name in ("metrics", "equity_curve", "trades", "orders", "series", "warnings")
    }
    return Result(**{**values, **tables})
