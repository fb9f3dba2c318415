"""The checker on histories made by hand: a good one, and one for each kind of violation."""

import hashlib
import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from .checker import INPUT, History, violations

Rows = list[dict[str, Any]]
Spoil = Callable[[dict[str, Any], Rows, Rows], object]
GOOD = [
    (None, "PENDING", 0),
    ("PENDING", "RUNNING", 1),
    ("RUNNING", "RUNNING", 2),
    ("RUNNING", "SUCCEEDED", 2),
]
LOST = [(None, "PENDING", 0), ("PENDING", "RUNNING", 1), ("RUNNING", "FAILED", 1)]


def a_run(run_id: str, steps: list[tuple[str | None, str, int]]) -> tuple[dict[str, Any], Rows, Rows]:
    """Return (run, events, results) of a run that went these steps."""
    ended = steps[-1][1]
    done = ended == "SUCCEEDED"
    run = {
        **dict.fromkeys(INPUT, "the same"),
        "run_id": run_id,
        "status": ended,
        "attempt": steps[-1][2],
        "completed_at": "2026-01-01 00:00:09.000000",
        "error_kind": None if done else "system_error",
        "error_code": None if done else "WORKER_LOST",
        "error_message": None if done else "The worker was killed. Run it again.",
        "result_hash": "a" * 64 if done else None,
    }
    events = [
        {
            "run_id": run_id,
            "seq": seq,
            "from_status": before,
            "to_status": after,
            "at": f"2026-01-01 00:00:0{seq}.500000",
            "attempt": attempt,
            "actor": "worker",
            "reason": "because \U0001f680",
        }
        for seq, (before, after, attempt) in enumerate(steps)
    ]
    link(run, events)
    return run, events, [{"run_id": run_id, "content": "bytes"}] if done else []


def link(run: dict[str, Any], events: Rows) -> None:
    """Give the events the hashes that they should have."""
    previous = ""
    for event in events:
        at = event["at"].replace(" ", "T") + "Z"
        body = {"from": event["from_status"], "to": event["to_status"], "at": at}
        body |= {name: event[name] for name in ("attempt", "actor", "reason")}
        stored = run["result_hash"] if event["to_status"] == "SUCCEEDED" else None
        line = json.dumps(
            [run["run_id"], previous, body, stored], sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )
        previous = event["hash"] = hashlib.sha256(line.encode()).hexdigest()


def history(*parts: tuple[dict[str, Any], Rows, Rows]) -> History:
    """Return the history of several runs."""
    return History(
        [run for run, _, _ in parts],
        [event for _, events, _ in parts for event in events],
        [result for _, _, results in parts for result in results],
    )


def kinds(*parts: tuple[dict[str, Any], Rows, Rows], **known: Any) -> set[str]:
    """Return the kinds of violation that are found."""
    return {violation.kind for violation in violations(history(*parts), **known)}


def test_a_good_history_has_no_violation() -> None:
    """A run taken over once, and one that failed with its reason."""
    found = kinds(a_run("one", GOOD), a_run("two", LOST), undisturbed=["one"], acknowledged=["one", "two"])

    assert found == set()


@pytest.mark.parametrize(
    ("steps", "kind"),
    [
        (GOOD[:3], "NOT_ENDED"),
        ([*GOOD[:2], ("RUNNING", "PENDING", 1), ("PENDING", "FAILED", 1)], "BACKWARDS"),
        ([*GOOD[:1], ("PENDING", "SUCCEEDED", 0)], "BACKWARDS"),
        ([*GOOD[:1], ("RUNNING", "FAILED", 0)], "BACKWARDS"),
        (GOOD[1:], "BACKWARDS"),
        ([*GOOD, ("SUCCEEDED", "FAILED", 2)], "LEFT_TERMINAL"),
        ([*LOST, ("FAILED", "RUNNING", 2), ("RUNNING", "SUCCEEDED", 2)], "LEFT_TERMINAL"),
        ([*GOOD, ("RUNNING", "SUCCEEDED", 2)], "RESULT_COUNT"),
        ([*GOOD[:2], ("RUNNING", "RUNNING", 1), ("RUNNING", "SUCCEEDED", 1)], "ATTEMPT"),
        ([*GOOD[:3], ("RUNNING", "SUCCEEDED", 1)], "ATTEMPT"),
        ([*GOOD[:1], ("PENDING", "RUNNING", 2), ("RUNNING", "SUCCEEDED", 2)], "ATTEMPT"),
    ],
)
def test_a_wrong_path_is_found(steps: list[tuple[str | None, str, int]], kind: str) -> None:
    """Whatever goes back, leaves an end, or does not raise the attempt by one."""
    found = kinds(a_run("one", steps))

    assert kind in found


SPOILT: dict[str, tuple[str, Spoil]] = {
    "row and events differ": ("ROW_AND_STORY", lambda run, events, results: run.update(status="FAILED")),
    "row's attempt went back": ("ATTEMPT", lambda run, events, results: run.update(attempt=1)),
    "an event is missing": ("GAP", lambda run, events, results: events.pop(2)),
    "time goes back": (
        "TIME",
        lambda run, events, results: events[2].update(at="2026-01-01 00:00:00"),
    ),
    "a reason was edited": ("CHAIN", lambda run, events, results: events[1].update(reason="another")),
    "an event's hash is another's": (
        "CHAIN",
        lambda run, events, results: events[1].update(hash=events[0]["hash"]),
    ),
    "the last event is missing": ("ROW_AND_STORY", lambda run, events, results: events.pop()),
    "no events at all": ("CHAIN", lambda run, events, results: events.clear()),
    "no result": ("RESULT_COUNT", lambda run, events, results: results.clear()),
    "two results": ("RESULT_COUNT", lambda run, events, results: results.append(deepcopy(results[0]))),
    "no result_hash": ("RESULT_COUNT", lambda run, events, results: run.update(result_hash=None)),
    "other bytes": ("OTHER_RESULT", lambda run, events, results: results[0].update(content="other")),
    "another result_hash": ("OTHER_RESULT", lambda run, events, results: run.update(result_hash="b" * 64)),
    "an error beside a result": (
        "ERROR_ON_SUCCESS",
        lambda run, events, results: run.update(error_code="WORKER_LOST"),
    ),
    "no time of the end": ("NO_END_TIME", lambda run, events, results: run.update(completed_at=None)),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_success_is_found(name: str) -> None:
    """One change to a run that succeeded, beside an undisturbed one of the same input."""
    kind, spoil = SPOILT[name]
    part = a_run("one", GOOD)
    spoil(*part)

    assert kind in kinds(part, a_run("undisturbed", GOOD), undisturbed=["undisturbed"])


@pytest.mark.parametrize(
    "change",
    [
        {"error_code": None},
        {"error_kind": "bad luck"},
        {"error_message": None},
        {"error_message": "error"},
        {"error_message": "Traceback (most recent call last)"},
    ],
    ids=str,
)
def test_a_failure_without_code_and_sentence_is_found(change: dict[str, Any]) -> None:
    """Neither one word nor a stack trace is a sentence that a user can act on."""
    run, events, results = a_run("one", LOST)
    run.update(change)

    assert kinds((run, events, results)) == {"NO_REASON"}


def test_a_result_on_a_failed_run_is_found() -> None:
    """Be it the bytes or only the hash."""
    run, events, _ = a_run("one", LOST)
    bytes_only = kinds((run, events, [{"run_id": "one", "content": "bytes"}]))
    hash_only = kinds(({**run, "result_hash": "a" * 64}, events, []))

    assert bytes_only == hash_only == {"RESULT_WITHOUT_SUCCESS"}


def test_a_run_that_was_lost_or_made_twice_is_found() -> None:
    """What clients were told of is what there is; nothing stands without its run."""
    one = a_run("one", GOOD)
    orphan = ({}, [], [{"run_id": "none", "content": "bytes"}])
    told = history(one)
    stray = History(told.runs, told.events, [*told.results, *orphan[2]])

    assert kinds(one, acknowledged=["one", "two"]) == {"LOST_RUN"}
    assert kinds(one, a_run("again", GOOD), acknowledged=["one"]) == {"EXTRA_RUN"}
    assert {violation.kind for violation in violations(stray)} == {"ORPHAN"}
