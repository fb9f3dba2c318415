"""The run as a value: its states, and no way back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stockbt_domain.errors import IllegalTransition
from stockbt_domain.result import Result
from stockbt_domain.run import TRANSITIONS, ComputedBy, Run, Status
from stockbt_domain.testing.memory import ManualClock

NOW = ManualClock().now()
ORDER = {Status.PENDING: 0, Status.RUNNING: 1, Status.SUCCEEDED: 2, Status.FAILED: 2}
RESULT = Result({}, {}, {}, {}, {})


def claim(run: Run) -> Run:
    """Let a worker take the run."""
    return run.claimed(at=NOW, by=ComputedBy("v", "d", "t"), run_key="k")


CALLS = {
    "claim": claim,
    "succeed": lambda run: run.succeeded(RESULT, at=NOW, verdict=None, difference=None),
    "fail": lambda run: run.failed(at=NOW, kind="system_error", code="X", message="x"),
    "launch": lambda run: run.launched(at=NOW),
}


@given(st.lists(st.sampled_from(sorted(CALLS))))
def test_no_sequence_of_calls_goes_backwards_or_leaves_a_terminal_state(calls: list[str]) -> None:
    """Whatever is tried in whatever order, a run only moves forward, and an ended one stays ended."""
    run = Run("id", NOW, "LOCAL")
    for call in calls:
        before = run
        try:
            run = CALLS[call](run)
        except IllegalTransition:
            continue

        assert ORDER[run.status] >= ORDER[before.status]
        assert run.attempt >= before.attempt
        assert not before.status.terminal or run.status is before.status


def test_only_pending_and_running_have_ways_out() -> None:
    """SUCCEEDED and FAILED absorb."""
    terminal = {status for status in Status if status.terminal}

    assert terminal == {Status.SUCCEEDED, Status.FAILED}
    assert all(target in TRANSITIONS for targets in TRANSITIONS.values() for target in targets)


def test_a_pending_run_cannot_succeed() -> None:
    """A result comes from a worker that has claimed the run."""
    with pytest.raises(IllegalTransition, match="PENDING and cannot become SUCCEEDED"):
        CALLS["succeed"](Run("id", NOW, "LOCAL"))


def test_each_claim_raises_the_attempt_and_keeps_the_first_start() -> None:
    """The attempt is the fencing token; the run started when its first worker did."""
    first = claim(Run("id", NOW, "LOCAL"))
    second = claim(first)

    assert (first.attempt, second.attempt) == (1, 2)
    assert second.started_at == first.started_at
