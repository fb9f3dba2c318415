"""The languages of the pages: whose wish counts, and that nothing is left in another language."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from stockbt_domain.errors import StorageUnavailable
from stockbt_domain.request import read_request
from stockbt_web.text.languages import LANGUAGES
from stockbt_web.text.wording import said
from stockbt_web.translations.__main__ import files, updated

from tests.domain.world import World

OTHERS = [code for code in LANGUAGES if code != "en"]
HOLE = re.compile(r"%\(\w+\)s")


@pytest.mark.parametrize("code", OTHERS)
def test_no_text_is_without_its_translation(code: str) -> None:
    """Every text of sources and catalogues has a translation."""
    missing = [m.id for m in updated(code) if m.id and not (m.string and all(m.string))]

    assert missing == []


@pytest.mark.parametrize("code", OTHERS)
def test_what_is_committed_is_what_the_sources_say(code: str) -> None:
    """The .po holds the texts of the sources, and its compiled forms are up to date."""
    stale = [path.name for path, content in files(code).items() if path.read_bytes() != content]

    assert stale == []


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_the_same_values_as_its_text(code: str) -> None:
    """No translation drops or invents a value."""
    for message in updated(code):
        if message.id:
            source = message.id[-1] if isinstance(message.id, tuple) else message.id
            string = message.string[0] if isinstance(message.string, tuple) else message.string

            assert sorted(HOLE.findall(source)) == sorted(HOLE.findall(string))


def test_the_language_is_the_one_asked_for_then_the_cookies_then_the_browsers(client: FlaskClient) -> None:
    """`?lang=` wins and is kept in a cookie, which wins over what the browser accepts."""
    korean = {"Accept-Language": "ko-KR,ko;q=0.9,en;q=0.5"}

    assert 'lang="en"' in client.get("/runs").text
    assert 'lang="ko"' in client.get("/runs", headers=korean).text
    assert 'lang="en"' in client.get("/runs?lang=en", headers=korean).text
    assert 'lang="en"' in client.get("/runs", headers=korean).text
    assert 'lang="ko"' in client.get("/runs?lang=ko").text
    assert 'lang="ko"' in client.get("/runs?lang=xx").text


def test_a_problem_is_told_in_the_language_of_its_reader(client: FlaskClient) -> None:
    """A program that names no language is answered in English, a browser in its own."""
    english = client.get("/api/runs?limit=0").json
    korean = client.get("/api/runs?limit=0", headers={"Accept-Language": "ko"}).json

    assert english["errors"][0]["message"] == "must be a whole number from 1 to 200"
    assert "200" in korean["errors"][0]["message"]
    assert re.search("[가-힣]", korean["errors"][0]["message"])
    assert korean["errors"][0]["code"] == english["errors"][0]["code"]


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "{}",
        '{"ticker": 1, "rule_type": "NO", "fee_rate": "much", "start_date": "2020-02-30", "nonsense": 1}',
        '{"ticker": "a b", "rule_type": "RSI", "params": {"period": 1, "oversold": 80, "x": 1}}',
        '{"ticker": "A", "rule_type": "RSI", "params": {"period": 1.5}, "direction": "up"}',
        '{"ticker": "A", "rule_type": "RSI", "position_size": 200, "initial_capital": 0, "fee_rate": -1}',
        '{"ticker": "", "rule_type": "RSI", "start_date": "2020-02-03", "end_date": "2020-01-01"}',
        '{"ticker": "A", "rule_type": "RSI", "rule_id": "a\\nb", "params": [], "slippage_bps": NaN}',
        '{"ticker": "A", "ticker": "B", "rule_type": "MACD", "params": {"fast_period": 3, "slow_period": 2}}',
    ],
)
def test_every_problem_of_a_request_has_its_words(app: Flask, body: str) -> None:
    """What the domain says about a wrong request is said in Korean, with the same values."""
    problems = read_request(body).problems

    with app.test_request_context("/?lang=ko"):
        for problem in problems:
            assert re.search("[가-힣]", said(problem.message)), problem.message


BROWSER = {"Accept": "text/html", "Accept-Language": "ko"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/runs/nothing", 404),
        ("GET", "/data/NOBODY", 404),
        ("POST", "/compare", 405),
    ],
)
def test_an_error_is_a_page_in_korean_with_a_way_on(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    """Title and sentence are translated, and links lead on."""
    answer = client.open(path, method=method, headers=BROWSER)
    main = answer.text.partition("<main")[2].partition("</main>")[0]

    assert answer.status_code == status
    assert re.search("<h1[^>]*>[^<]*[가-힣]", main)
    assert not re.search("<p>[^<]*[a-z]{3,} [a-z]{3,}", main)
    assert 'href="/runs"' in main


@pytest.mark.parametrize(("error", "status"), [(StorageUnavailable("away"), 503), (ValueError("x"), 500)])
def test_a_page_that_cannot_be_made_offers_to_try_again(
    world: World, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    """Without a database, or after a fault of ours, the page says so in Korean and can be asked for again."""

    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(world.runs, "page", fails)
    answer = client.get("/runs", headers=BROWSER)

    assert answer.status_code == status
    assert "다시 시도" in answer.text
    assert ("Retry-After" in answer.headers) == (status == 503)
    assert "Traceback" not in answer.text


def test_a_form_that_is_too_large_is_told_its_limit(client: FlaskClient) -> None:
    """413 as a page, with the limit as this language writes numbers."""
    answer = client.post("/run_backtest", data={"rule_id": "x" * (2 << 20)}, headers=BROWSER)

    assert answer.status_code == 413
    assert "65,536바이트" in answer.text
