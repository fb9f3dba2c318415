"""Sentences as data: what they are made of goes with them, and comes back from text where text is all."""

import copy
import json
import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stockbt_domain.errors import InvalidInput, NotFound, Problem
from stockbt_domain.messages import Message, revived
from stockbt_domain.messages.catalogue import CATALOGUE, PARTS
from stockbt_domain.messages.message import kind_of
from stockbt_domain.messages.reading import read
from stockbt_domain.usecases.cancel import cancel

from .world import World

HOLE = re.compile(r"%\((\w+)\)s")
SENTENCES = sorted(set(CATALOGUE) - set(PARTS))
NASTY = st.sampled_from(["%(x)s", "{}", "a; b", "'\"", "%", "%%s", "line 3: x", "", "\n", "\\1", "가"])
VALUES = NASTY | st.text() | st.integers()


@st.composite
def messages(draw: st.DrawFn, codes: list[str] = SENTENCES) -> Message:
    """Return a message of any code with any values, sometimes with a part of its own kind in it."""
    code = draw(st.sampled_from(codes))
    parts = sorted(part for part in PARTS if kind_of(part) == kind_of(code))
    values: dict[str, str | int] = {}
    for name in HOLE.findall(CATALOGUE[code]):
        if parts and draw(st.booleans()):
            part = draw(st.sampled_from(parts))
            values[name] = Message(part, **{hole: draw(VALUES) for hole in HOLE.findall(CATALOGUE[part])})
        else:
            values[name] = draw(VALUES)
    return Message(code, **values)


def made_of(message: str) -> object:
    """Return all that a message is made of, for comparison: messages are equal when their text is."""
    assert isinstance(message, Message)
    return message.as_json()


def test_a_message_is_its_english_text() -> None:
    """Whatever takes text takes it, and its code and values are there for who asks."""
    message = Message("UNKNOWN_TICKER", ticker="'%(x)s; {}'")

    assert message == "there is no data for '%(x)s; {}'; import it with `stockbt data import`"
    assert json.loads(json.dumps([message])) == [message]
    assert type(f"{message}") is type(message + "") is str
    assert (message.code, dict(message.values)) == ("UNKNOWN_TICKER", {"ticker": "'%(x)s; {}'"})


def test_what_comes_before_the_point_is_public() -> None:
    """Problems take their code from there: several sentences share one."""
    problem = Problem.of("tags", Message("TOO_MANY", maximum=3), {"maximum": 3})
    other = Problem.of("start_date", Message("OUT_OF_RANGE.order", start="b", end="a"))

    assert problem == Problem("tags", "TOO_MANY", "must be at most 3", {"maximum": 3})
    assert other.as_json()["code"] == "OUT_OF_RANGE"


def test_a_message_does_not_change() -> None:
    """Neither its code nor its values."""
    message = Message("TOO_MANY", maximum=3)

    with pytest.raises(AttributeError):
        message.code = "TOO_LONG"
    with pytest.raises(TypeError):
        message.values["maximum"] = 4  # type: ignore[index]


def test_a_code_without_template_and_a_missing_value_are_mistakes() -> None:
    """They are found where the message is made, not where somebody reads it."""
    with pytest.raises(KeyError):
        Message("NONSENSE")
    with pytest.raises(KeyError):
        Message("TOO_MANY")


def test_an_error_keeps_the_message_that_it_was_raised_with() -> None:
    """`str(error)` is where the interfaces get it from."""
    assert made_of(str(NotFound(Message("NO_RUN", run_id="x")))) == {
        "template": "NO_RUN",
        "values": {"run_id": "x"},
    }
    assert str(InvalidInput((Problem.of("a", Message("REQUIRED")),))) == "a: is missing"


@given(messages())
def test_any_values_make_a_sentence_that_has_them(message: Message) -> None:
    """Nothing in a value is taken for a hole, and the text is the same when it is made again."""
    assert all(str(value) in message for value in message.values.values())
    assert message.rendered(lambda template: template) == message


@given(messages())
def test_a_message_survives_being_copied(message: Message) -> None:
    """Copies, pickles and JSON keep what it is made of."""
    stored = json.loads(json.dumps(message.as_json()))

    for again in (copy.deepcopy(message), pickle.loads(pickle.dumps(message)), revived(f"{message}", stored)):
        assert again == message
        assert made_of(again) == made_of(message)


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"template": "NO_SUCH", "values": {}},
        {"template": "TOO_MANY", "values": {}},
        {"template": "TOO_MANY", "values": {"maximum": 4}},
        {"template": "TOO_MANY", "values": None},
        {"template": "TOO_MANY", "values": {"maximum": {"template": "NO_SUCH"}}},
    ],
)
def test_what_is_stored_with_a_text_never_changes_it(stored: dict[str, object]) -> None:
    """A row of another version may name a template that is worded otherwise here, or is not there."""
    text = revived("must be at most 3", stored)

    assert text == "must be at most 3"
    assert not isinstance(text, Message)


@given(messages())
def test_a_text_is_read_back_as_a_sentence_of_its_code(message: Message) -> None:
    """What is read says the same text, whatever the values are."""
    again = read(f"{message}", message.kind)

    assert again == message
    assert again is not None and again.kind == message.kind


def test_parts_are_read_back_with_their_sentence() -> None:
    """So that they are translated, too."""
    finding = "2020-01-03: the close moves by +80 % in one bar: a split?, and 2 more like it"
    again = read(f"In the data of this run: {finding}", "DATA", "FINDING", "JUMP")

    assert again is not None
    assert made_of(again) == {
        "template": "DATA",
        "values": {
            "finding": {
                "template": "FINDING.several",
                "values": {
                    "day": "2020-01-03",
                    "words": {"template": "JUMP", "values": {"percent": "+80"}},
                    "count": "2",
                },
            }
        },
    }


def test_only_sentences_of_the_code_are_read() -> None:
    """A text that looks like another code's sentence, or like a part of one, is just a text."""
    assert read("is missing", "NO_DATA_IN_RANGE") is None
    assert read("a, or b", "START_DEADLINE") is None
    assert read("is missing", "NO_SUCH_CODE") is None


def test_a_template_has_a_hole_for_each_value_and_nothing_else_to_fill() -> None:
    """Every percent sign that is no hole is doubled, no hole comes twice, and no part is lost."""
    for code, template in CATALOGUE.items():
        holes = HOLE.findall(template)

        assert len(holes) == len(set(holes)), code
        assert HOLE.sub("", template).replace("%%", "").count("%") == 0, code
    assert set(PARTS) < set(CATALOGUE)
    assert len(set(CATALOGUE.values())) == len(CATALOGUE)


def test_what_a_life_of_a_run_stores_is_made_of_messages() -> None:
    """Every reason, and why it failed; a failure's event has its code and its sentence in one text."""
    world = World()
    lives = [world.submit().run.run_id for _ in range(3)]
    world.execute(lives[0])
    cancel(lives[1], world.bench.dispatch)
    world.engine.error = MemoryError()
    world.execute(lives[2])

    for run in map(world.runs.get, lives):
        assert run.end.error_message is None or isinstance(run.end.error_message, Message)
        events = world.runs.events(run.run_id)
        ended = [event for event in events if event.to_status == "FAILED"]
        assert [event.reason for event in ended] == [f"{run.end.error_code}: {run.end.error_message}"] * len(
            ended
        )
        assert all(isinstance(event.reason, Message) for event in events if event not in ended)
