"""Messages in the reader's language, from the values they are made of or from a row's text."""

import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from stockbt_domain.datasets import Finding
from stockbt_domain.messages import Message
from stockbt_domain.messages.catalogue import CATALOGUE
from stockbt_domain.request import read_request
from stockbt_domain.result import Caveat
from stockbt_domain.rules import RULES
from stockbt_domain.run import End, Run, RunEvent, Status
from stockbt_web.text.languages import gettext
from stockbt_web.text.stored import said_of_caveat, said_of_event, said_of_finding, said_of_run
from stockbt_web.text.wording import said

from tests.domain.world import World

from .memory_app import memory_app

KOREAN = re.compile("[가-힣]")
ENGLISH = re.compile(r"\b[a-z]{3,} (?!legacy)[a-z]{3,}\b")
BROWSER = {"Accept": "text/html", "Accept-Language": "ko"}
NASTY = ["MA_CROSS; x", "%(x)s", "{}", 'it\'s "this"', "a; b", "%", "is missing; ticker is missing"]
HOLE = re.compile(r"%\((\w+)\)s")


APP = memory_app(World())
"""Made once: an example of a property may not take as long as the first app does."""


@contextmanager
def in_korean() -> Iterator[None]:
    """Have everything within said in Korean."""
    with APP.test_request_context("/?lang=ko"):
        yield


def as_stored(run: Run) -> Run:
    """Return the run as the database gives it: its message is text alone."""
    return replace(run, end=replace(run.end, error_message=f"{run.end.error_message}"))


@given(st.sampled_from(sorted(CATALOGUE)), st.data())
def test_a_translation_has_every_value_of_its_message(code: str, data: st.DataObject) -> None:
    """Whatever the values are, none is lost, changed, or taken for a hole."""
    values = {
        name: data.draw(st.sampled_from(NASTY) | st.text() | st.integers())
        for name in HOLE.findall(CATALOGUE[code])
    }
    with in_korean():
        translated = said(Message(code, **values))

        assert translated == gettext(CATALOGUE[code]) % values
    assert all(str(value) in translated for value in values.values())


def test_a_part_is_translated_and_a_value_is_not() -> None:
    """A user's text stays as it is, even where the product says the same words."""
    limits = Message("OUT_OF_RANGE.above", minimum=0, maximum=1)
    with in_korean():
        translated = said(Message("OUT_OF_RANGE", range=limits, value="finished"))

        assert said(Message("EVENT.finished")) != "finished"
    assert translated == "0 초과 1 이하이어야 하며 finished은(는) 안 됩니다"


@pytest.mark.parametrize("name", NASTY)
def test_a_run_that_was_refused_says_in_korean_what_was_wrong(name: str) -> None:
    """With the user's own text in it as it was given, whatever that is."""
    world = World()
    run = world.submit(json.dumps({"ticker": "AAPL", "rule_type": name, "direction": name})).run

    with in_korean():
        whole = said_of_run(as_stored(run))
        problems = read_request(run.request_text).problems

        assert whole == "; ".join(f"{p.field} {said(p.message)}" for p in problems)
    assert whole.count("가운데 하나여야") == 2
    assert whole.count(ascii(name)) == 2


@pytest.mark.parametrize(
    ("request_fields", "fields"),
    [
        ({"ticker": "NO.SUCH^1"}, ["ticker"]),
        ({"ticker": "NO-SUCH", "fee_rate": "a; b"}, ["fee_rate", "ticker"]),
        ({"ticker": "AAPL", "timeframe": "1h", "rule_type": "x; y"}, ["rule_type", "timeframe"]),
        ({"ticker": "AAPL", "start_date": "2030-01-01"}, ["start_date"]),
        ({"ticker": "AAPL", "end_date": "2000-01-01", "engine": "fast"}, ["end_date", "engine"]),
        ({"ticker": "NO-SUCH", "engine": "fast"}, ["ticker", "engine"]),
    ],
)
def test_what_only_the_data_could_tell_is_said_in_korean_too(
    request_fields: dict[str, str], fields: list[str]
) -> None:
    """After what the request itself tells, and whatever semicolons the sentences have."""
    run = World().submit(json.dumps({"rule_type": "MA_CROSS", **request_fields})).run

    with in_korean():
        whole = said_of_run(as_stored(run))

    assert not ENGLISH.search(whole.replace("stockbt data import", ""))
    assert [field for field in fields if not re.search(rf"(^|; ){field} [^;]*[가-힣]", whole)] == []


def test_what_a_run_of_before_says_otherwise_stays_as_it_was_written() -> None:
    """A row of a version that worded its problems in another way is no reason for guesses."""
    run = World().submit('{"ticker": "AAPL", "rule_type": "x", "fee_rate": -1}').run
    otherwise = "rule_type is a riddle; x; fee_rate is no rate"
    earlier = replace(run, end=replace(run.end, error_message=otherwise))

    with in_korean():
        assert said_of_run(earlier) == otherwise


@pytest.mark.parametrize("code", ["NO_DATA_IN_RANGE", "OUT_OF_MEMORY", "CANCELLED", "TOO_FEW_BARS"])
def test_a_failure_is_read_by_its_code(code: str) -> None:
    """The same words under another code are not known, and stay as they are."""
    run, other = World().submit().run, {"NO_DATA_IN_RANGE": "EVICTED"}.get(code, "NO_DATA_IN_RANGE")
    message = Message(code, **dict.fromkeys(HOLE.findall(CATALOGUE[code]), "%(x)s; {}"))
    failed = replace(run, status=Status.FAILED, end=End(error_code=code, error_message=f"{message}"))

    with in_korean():
        assert said_of_run(failed) == said(message)
        assert KOREAN.search(said_of_run(failed))
        assert said_of_run(replace(failed, end=replace(failed.end, error_code=other))) == message


def test_the_page_of_a_refused_run_is_korean(world: World, client: FlaskClient) -> None:
    """The problem, and the event that ended the run, with the rule as it was named."""
    run = world.submit('{"ticker": "AAPL", "rule_type": "MA_CROSS; x"}').run
    page = client.get(f"/runs/{run.run_id}?tab=about", headers=BROWSER).text
    names = ", ".join(rule.name for rule in RULES)
    told = f"rule_type {names} 가운데 하나여야 하며 &#39;MA_CROSS; x&#39;은(는) 안 됩니다"

    assert page.count(told) == 2
    assert f"INVALID_PARAMS: {told}" in page


def test_a_refused_form_is_korean(client: FlaskClient) -> None:
    """Beside its field and in the summary."""
    form = {"ticker": "AAPL", "rule_type": "MA_CROSS; %(x)s"}
    answer = client.post("/run_backtest", data=form, headers=BROWSER)

    assert answer.status_code == 400
    assert answer.text.count("&#39;MA_CROSS; %(x)s&#39;은(는) 안 됩니다") >= 2


def test_a_refusal_is_told_in_one_language(client: FlaskClient) -> None:
    """The detail of a problem document and an error's page have the problems in it in the reader's words."""
    body = client.get("/api/runs?limit=0", headers={"Accept-Language": "ko"}).json
    page = client.post("/runs/actions", data={"action": "x; y"}, headers=BROWSER)

    assert body["detail"] == f"limit: {body['errors'][0]['message']}"
    assert KOREAN.search(body["detail"])
    assert "Action: cancel, reproduce, tag 가운데 하나여야 합니다" in page.text


def test_a_refused_file_is_korean(client: FlaskClient) -> None:
    """Each line of it, with its number and what stood there."""
    content = "Date,Open,High,Low,Close,Volume\nline 9: x; %(y)s,1,1,1,1,1\n2020-01-02,1,1,1,-3,1\n"
    file = (io.BytesIO(content.encode()), "x.csv")
    answer = client.post("/data", data={"ticker": "NEW", "file": file}, headers=BROWSER)
    table = answer.text.partition('id="import-problems"')[2] or answer.text

    assert answer.status_code == 400
    assert '<td class="nowrap">2</td>' in table
    assert "&#39;line 9: x; %(y)s&#39;" in table
    assert '<td class="nowrap">3</td>' in table
    assert not ENGLISH.search(re.sub("<[^>]*>", "", table.partition("<tbody>")[2].partition("</tbody>")[0]))


JUMP = Message("JUMP", percent="+80")
CAVEATS = [
    Caveat.of(Message("FEW_TRADES", count=3, enough=30)),
    Caveat.of(Message("EXECUTION_AT_SIGNAL_CLOSE.measured", there="-12.35", here="1,234.50")),
    Caveat.of(Message("EXECUTION_AT_SIGNAL_CLOSE")),
    Caveat.of(Message("OPEN_POSITION", profit="-1,000.25")),
    Caveat.of(Message("ONE_TRADE_DOMINATES", share="81%")),
    Caveat.of(Message("UNFILLED_ALREADY_LONG", n="1,204")),
    Caveat(
        "DATA_JUMP",
        Message(
            "DATA",
            finding=Message(
                "FINDING.several", day="2020-01-03", words=Message("JUMP", percent="+80"), count=2
            ),
        ),
    ),
]


@pytest.mark.parametrize("caveat", CAVEATS, ids=lambda caveat: caveat.message.code)
def test_a_caveat_is_korean_with_its_numbers(caveat: Caveat) -> None:
    """That of a row of before, which has its text alone, is the same."""
    with in_korean():
        translated = said_of_caveat(caveat)
        earlier = said_of_caveat(Caveat(caveat.code, f"{caveat.message}"))

    assert translated == earlier
    assert not ENGLISH.search(translated)
    assert re.findall(r"[\d.,]*\d", translated.replace("주", "")) != [] or caveat.message.values == {}
    assert sorted(re.findall(r"\d[\d.,]*\d|\d", translated)) == sorted(
        re.findall(r"\d[\d.,]*\d|\d", caveat.message)
    )


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ZERO_VOLUME", "2020-01-03: the volume is zero"),
        ("GAP", "2020-01-03: 8 sessions are missing after 2019-12-20, and 1 more like it"),
        ("OPEN_OUTSIDE_RANGE", "2020-01-03: the open 7 lies outside low 1 to high 2, and 11 more like it"),
    ],
)
def test_a_finding_is_korean(code: str, message: str) -> None:
    """One alone, and one of several."""
    finding = Finding(code, message, 1, 4, "2020-01-03")

    with in_korean():
        assert not ENGLISH.search(said_of_finding(finding))
        assert KOREAN.search(said_of_finding(finding))


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (Status.PENDING, "submitted"),
        (Status.RUNNING, "claimed by a worker"),
        (Status.RUNNING, "taken over from a lost worker"),
        (Status.RUNNING, "reused the result of run 01890000-0000-7000-8000-000000000001"),
        (Status.SUCCEEDED, "finished"),
        (Status.FAILED, "WORKER_LOST: The run lost its worker after 3 launches; run again."),
    ],
)
def test_the_reason_of_an_event_is_korean(status: Status, reason: str) -> None:
    """As it is stored, with its values."""
    run = World().submit().run
    event = RunEvent(None, status, run.created_at, 1, "web", reason)

    with in_korean():
        translated = said_of_event(event, run)

    assert KOREAN.search(translated)
    assert not ENGLISH.search(translated)
    assert re.findall(r"[\d-]{2,}", translated) == re.findall(r"[\d-]{2,}", reason)


def test_in_english_a_row_says_what_it_says(app: Flask) -> None:
    """Nothing is read, and nothing put in another way."""
    run = World().submit('{"ticker": "AAPL", "rule_type": "MA_CROSS; x"}').run

    with app.test_request_context("/"):
        assert said_of_run(run) == run.end.error_message
        assert said_of_caveat(Caveat("FEW_TRADES", "few")) == "few"
