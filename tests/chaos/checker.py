"""Finds violations of the run protocol in what the database holds, not knowing the code that wrote it.

Everything here is read from the tables `runs`, `run_events` and `run_results` by their documented columns;
nothing of the product is imported.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, text

Row = Mapping[str, Any]

ENDED = frozenset({"SUCCEEDED", "FAILED"})
NEXT = {
    None: {"PENDING"},
    "PENDING": {"RUNNING", "FAILED"},
    "RUNNING": {"RUNNING", "SUCCEEDED", "FAILED"},
    "SUCCEEDED": set(),
    "FAILED": set(),
}
KINDS = frozenset({"user_error", "system_error", "cancelled"})
INPUT = (
    "data_hash adjusted rule_type params_json start_date end_date initial_capital fee_rate slippage_bps "
    "size_type position_size direction timeframe execution engine"
).split()
"""What decides a result: two runs that agree in these columns must agree in their result."""
BLOCKS = ("equity_curve", "trades", "orders", "series")


@dataclass(frozen=True, slots=True)
class History:
    """The rows of the three tables. A result is its run_id and the SHA-256 of its bytes, `content`."""

    runs: Sequence[Row]
    events: Sequence[Row]
    results: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that the history of a run breaks."""

    kind: str
    run_id: str
    detail: str


def read(connection: Connection) -> History:
    """Return the history that the database holds."""
    runs = connection.execute(text("SELECT * FROM runs")).mappings().all()
    events = connection.execute(text("SELECT * FROM run_events ORDER BY run_id, seq")).mappings().all()
    ids = connection.execute(text("SELECT run_id FROM run_results")).scalars().all()
    one = text(f"SELECT {', '.join(BLOCKS)} FROM run_results WHERE run_id = :id")
    results = []
    for run_id in ids:  # one by one: together they need not fit in memory
        blocks = connection.execute(one, {"id": run_id}).one()
        content = hashlib.sha256(b"".join(hashlib.sha256(block).digest() for block in blocks)).hexdigest()
        results.append({"run_id": run_id, "content": content})
    return History([dict(row) for row in runs], [dict(row) for row in events], results)


def violations(
    history: History, *, undisturbed: Iterable[str] = (), acknowledged: Iterable[str] | None = None
) -> list[Violation]:
    """Return every violation in a history that should have come to rest.

    `undisturbed` names runs that no fault could touch: each other run of the same input must have their
    result. `acknowledged` names all runs that clients were told of: no other may exist, none may be lost.
    """
    events: dict[str, list[Row]] = defaultdict(list)
    results: dict[str, list[Row]] = defaultdict(list)
    for event in history.events:
        events[event["run_id"]].append(event)
    for result in history.results:
        results[result["run_id"]].append(result)
    runs = {run["run_id"]: run for run in history.runs}
    sample = {
        _input(runs[run_id]): (runs[run_id]["result_hash"], _contents(results[run_id]))
        for run_id in undisturbed
        if run_id in runs
    }
    found = []
    for run_id, run in runs.items():
        steps = sorted(events[run_id], key=lambda event: event["seq"])
        found += _of_the_history(run, steps)
        found += _of_the_chain(run, steps)
        found += _of_the_end(run, steps, results[run_id])
        found += _of_the_numbers(run, results[run_id], sample)
    for run_id in (set(events) | set(results)) - set(runs):
        if events[run_id] or results[run_id]:
            found.append(Violation("ORPHAN", run_id, "events or a result without a run"))
    if acknowledged is not None:
        told = set(acknowledged)
        found += [Violation("LOST_RUN", run_id, "a client was told of it") for run_id in told - set(runs)]
        found += [Violation("EXTRA_RUN", run_id, "no client was told of it") for run_id in set(runs) - told]
    return found


def _of_the_history(run: Row, steps: Sequence[Row]) -> list[Violation]:
    run_id, found = run["run_id"], []

    def report(kind: str, detail: str) -> None:
        found.append(Violation(kind, run_id, detail))

    state: str | None = None
    attempt = 0
    for number, event in enumerate(steps):
        before, after = event["from_status"], event["to_status"]
        step = f"event {event['seq']}: {before} to {after}, attempt {event['attempt']}"
        if event["seq"] != number:
            report("GAP", f"{step}, expected event {number}")
        if state in ENDED:
            report("LEFT_TERMINAL", f"{step}, after {state}")
        elif before != state or after not in NEXT.get(before, ()):
            report("BACKWARDS", f"{step}, while the run was {state}")
        due = attempt + 1 if after == "RUNNING" else attempt
        if event["attempt"] != due:
            report("ATTEMPT", f"{step}, expected attempt {due}")
        state, attempt = after, max(attempt, event["attempt"])
    for one, other in pairwise(steps):
        if _time(other["at"]) < _time(one["at"]):
            report("TIME", f"event {other['seq']} is earlier than event {one['seq']}")
    if state != run["status"]:
        report("ROW_AND_STORY", f"the row is {run['status']}, its last event {state}")
    if run["attempt"] != attempt:
        report("ATTEMPT", f"the row has attempt {run['attempt']}, its events reach {attempt}")
    if run["status"] not in ENDED:
        report("NOT_ENDED", f"still {run['status']}")
    return found


def _of_the_chain(run: Row, steps: Sequence[Row]) -> list[Violation]:
    previous = ""
    for event in steps:
        at = _time(event["at"]).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        body = {
            "from": event["from_status"],
            "to": event["to_status"],
            "at": at,
            "attempt": event["attempt"],
            "actor": event["actor"],
            "reason": event["reason"],
        }
        stored = run["result_hash"] if event["to_status"] == "SUCCEEDED" else None
        line = json.dumps(
            [run["run_id"], previous, body, stored],
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=False,
        )
        if hashlib.sha256(line.encode()).hexdigest() != event["hash"]:
            return [Violation("CHAIN", run["run_id"], f"event {event['seq']} is not as it was written")]
        previous = event["hash"]
    return [] if steps else [Violation("CHAIN", run["run_id"], "there is no event")]


def _of_the_end(run: Row, steps: Sequence[Row], results: Sequence[Row]) -> list[Violation]:
    run_id, status, found = run["run_id"], run["status"], []
    successes = sum(event["to_status"] == "SUCCEEDED" for event in steps)
    if status == "SUCCEEDED":
        if len(results) != 1 or successes != 1 or not run["result_hash"]:
            detail = f"{len(results)} results, {successes} successes, result_hash {run['result_hash']}"
            found.append(Violation("RESULT_COUNT", run_id, detail))
        if run["error_kind"] or run["error_code"] or run["error_message"]:
            found.append(Violation("ERROR_ON_SUCCESS", run_id, f"{run['error_code']}"))
    elif results or run["result_hash"] or successes:
        found.append(Violation("RESULT_WITHOUT_SUCCESS", run_id, f"a result on a run that is {status}"))
    if status == "FAILED":
        message = (run["error_message"] or "").strip()
        if run["error_kind"] not in KINDS or not run["error_code"] or len(message.split()) < 2:
            detail = f"kind {run['error_kind']!r}, code {run['error_code']!r}, message {message!r}"
            found.append(Violation("NO_REASON", run_id, detail))
        elif "Traceback" in message:
            found.append(Violation("NO_REASON", run_id, "a stack trace is no reason"))
    if status in ENDED and run["completed_at"] is None:
        found.append(Violation("NO_END_TIME", run_id, f"{status} without completed_at"))
    return found


def _of_the_numbers(run: Row, results: Sequence[Row], sample: Mapping[Any, Any]) -> list[Violation]:
    wanted = sample.get(_input(run))
    if run["status"] != "SUCCEEDED" or wanted is None:
        return []
    if (run["result_hash"], _contents(results)) == wanted:
        return []
    detail = f"{run['result_hash']} is not the result of the undisturbed run, {wanted[0]}"
    return [Violation("OTHER_RESULT", run["run_id"], detail)]


def _input(run: Row) -> tuple[Any, ...]:
    return tuple(run[column] for column in INPUT)


def _contents(results: Sequence[Row]) -> list[str]:
    return [result["content"] for result in results]


def _time(value: datetime | str) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
