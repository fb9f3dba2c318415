"""How much is said about a wrong input, and what finding it out costs."""

import json
import sys
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stockbt_domain.annotations import read_annotation
from stockbt_domain.errors import InvalidInput, Problem
from stockbt_domain.messages import Message
from stockbt_domain.problems import LONGEST_MESSAGE, MOST_PROBLEMS, bounded, named, repeated, shortened
from stockbt_domain.request import LARGEST_BODY, read_request
from stockbt_domain.usecases.presets import save_preset

from .world import World

UNKNOWN = "{" + ",".join(f'"f{number}":1' for number in range(6500)) + "}"


class Counted(str):
    """A name that counts how often it is compared."""

    comparisons = 0

    def __eq__(self, other: object) -> bool:
        Counted.comparisons += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


@given(st.lists(st.text(max_size=3), max_size=200))
def test_repeated_names_are_found_without_comparing_each_with_each(names: list[str]) -> None:
    """A body of 65 KB has thousands of names: at most one comparison for each is made, and equal hashes
    of different texts do not happen in numbers."""
    Counted.comparisons = 0
    found = repeated(map(Counted, names))
    comparisons = Counted.comparisons

    assert comparisons <= 2 * len(names)
    assert found == sorted({name for name in names if names.count(name) > 1})


def lines_run(text: str) -> int:
    """Return how many lines of ours reading a request runs."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        if "stockbt_domain" not in frame.f_code.co_filename:
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        read_request(text)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize(
    "member", ['"f%d":1', '"ticker":%d', '  "f%d"  :  [%d]  ', '"params":{"f%d":1}', '"f%d":"\\u0000"']
)
def test_reading_is_linear_in_the_length_of_a_request(member: str) -> None:
    """Twice the members take twice the steps, whatever is wrong with them."""

    def steps(count: int) -> int:
        members = (member.replace("%d", str(number)) for number in range(count))
        return lines_run("{" + ",".join(members) + "}")

    nothing = steps(0)
    once, twice = steps(200) - nothing, steps(400) - nothing
    assert twice <= 2.1 * once


def test_a_request_has_fifty_problems_at_most_and_the_last_counts_the_others() -> None:
    """Its row keeps less than 4 KiB of them, which every list carries."""
    submission = World().submit(UNKNOWN)

    assert len(UNKNOWN) < LARGEST_BODY * 2
    assert len(submission.problems) <= MOST_PROBLEMS
    kept = len(submission.problems) - 1
    assert submission.problems[-1].message == f"and {6502 - kept} more problems after these {kept}"
    assert len((submission.run.end.error_message or "").encode()) <= LONGEST_MESSAGE


@given(st.lists(st.tuples(st.text(min_size=1, max_size=80), st.sampled_from([1, 20, 300])), max_size=120))
def test_what_is_kept_of_problems_fits_and_none_is_lost_in_silence(told: list[tuple[str, int]]) -> None:
    """However many there are and however long."""
    problems = [Problem(name, "REQUIRED", "é" * length) for name, length in told]
    kept = bounded(problems)

    text = "; ".join(f"{problem.field} {problem.message}" for problem in kept)
    assert len(kept) <= MOST_PROBLEMS
    assert len(text.encode("utf-8", "replace")) <= LONGEST_MESSAGE
    if len(kept) < len(problems) or kept[-1:] != tuple(problems[-1:]):
        assert kept[:-1] == tuple(problems[: len(kept) - 1])
        assert kept[-1].message == Message(
            "MORE_PROBLEMS", count=len(problems) - len(kept) + 1, kept=len(kept) - 1
        )


@given(st.text(max_size=6000))
def test_a_stored_message_is_cut_where_it_is_too_long(text: str) -> None:
    """At a letter, with an ellipsis; what fits stays as it is, a message a message."""
    cut = shortened(text)

    assert len(cut.encode("utf-8", "surrogatepass")) <= LONGEST_MESSAGE
    assert cut == text or (cut.endswith("…") and text.startswith(cut[:-1]))
    assert isinstance(shortened(Message("REQUIRED")), Message)


def test_what_others_say_is_stored_as_a_message_of_4_kib_at_most() -> None:
    """A launcher that refuses with a page of text fills neither the row nor its event."""
    world = World()
    said = {"kind": "system_error", "code": "LAUNCH_REJECTED", "message": "no " * 5000}
    run = world.dispatch.fail(world.submit().run, actor="test", **said)

    assert len((run.end.error_message or "").encode()) <= LONGEST_MESSAGE
    assert all(len(event.reason.encode()) <= LONGEST_MESSAGE for event in world.runs.events(run.run_id))


@given(st.text())
def test_a_field_that_is_not_ours_has_a_short_printable_name(name: str) -> None:
    """It is the caller's own text, and may be 64 KB of anything."""
    assert 0 < len(named(name)) <= 64
    assert named(name).isprintable()


@pytest.mark.parametrize("kind", ["preset", "annotation"])
def test_other_bodies_have_fifty_problems_at_most_too(kind: str) -> None:
    """And names of the caller's are not repeated whole."""
    body = {**json.loads(UNKNOWN), "x" * 60_000: 1}
    bench = World().bench

    with pytest.raises(InvalidInput) as refused:
        if kind == "preset":
            save_preset(body, presets=bench.presets, clock=bench.clock, ids=bench.ids)
        else:
            read_annotation(body)

    assert len(refused.value.problems) <= MOST_PROBLEMS
    assert len(str(refused.value)) < 2 * LONGEST_MESSAGE
