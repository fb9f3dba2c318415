"""A run's parts lie flat in the columns of its row."""

from dataclasses import fields, replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from stockbt_adapters_mysql.rows import RUN, changes_of, row_of, run_of
from stockbt_adapters_mysql.schema import runs
from stockbt_domain.pin import Pin
from stockbt_domain.request import BacktestRequest, RejectedRequest
from stockbt_domain.run import ComputedBy, End, Place, Run
from stockbt_domain.testing.contracts import samples

NOT_OF_A_RUN = {"lease_until"}
"""The database's own clock sets and judges it."""


def anything(part: type[Any]) -> st.SearchStrategy[Any]:
    """Return values of a part with whatever its fields can hold."""
    return st.builds(part, **dict.fromkeys((field.name for field in fields(part)), ...))


@st.composite
def any_run(draw: st.DrawFn) -> Run:
    """Return a run in any state, whose request was accepted or not."""
    request = draw(anything(BacktestRequest) | anything(RejectedRequest))
    pin = None
    if isinstance(request, BacktestRequest):
        pin = draw(anything(Pin))
        request = replace(request, start_date=pin.start_date, end_date=pin.end_date, timeframe=pin.timeframe)
    more = {"request": st.just(request), "pin": st.just(pin)}
    more |= {"place": anything(Place), "end": anything(End), "computed_by": st.none() | anything(ComputedBy)}
    own = {field.name: ... for field in fields(Run) if field.name not in more}
    return draw(st.builds(Run, **own, **more))


@given(any_run())
def test_a_run_comes_back_from_its_row_as_it_was(run: Run) -> None:
    """Every field of every part has a column, and no two share one."""
    row = row_of(run)

    assert run_of([row[column.name] for column in RUN]) == run


@given(any_run())
def test_a_row_comes_back_from_its_run_as_it_was(run: Run) -> None:
    """All columns of the table are there, but for the lease."""
    row = row_of(run)

    assert row.keys() == {column.name for column in runs.c} - NOT_OF_A_RUN
    assert row_of(run_of([row[column.name] for column in RUN])) == row


@given(any_run(), any_run())
def test_a_note_writes_what_differs_and_the_state(before: Run, after: Run) -> None:
    """What is the same in both runs stays as another may have left it."""
    was, now = row_of(before), row_of(after)
    written = changes_of(before, after, transition=False)

    assert {**was, **written} == now
    assert all(was[name] != now[name] for name in written if name not in ("status", "attempt"))


def test_a_transition_decides_on_the_queue_as_well() -> None:
    """Who is admitted between a worker's look and its claim is in no queue any more, and keeps the slot."""
    run = samples.a_run()
    written = changes_of(run, samples.failed(run), transition=True)

    assert {"status", "attempt", "queue_at", "waits_for", "error_code"} <= written.keys()
    assert not {"holds_slot", "launches"} & written.keys()
