"""The languages in the browser: the switch, what it keeps, and that a page has no word of the other one."""

import re
from typing import Any

import pytest

from tests.browser.page import Api, Page

SENTENCE = re.compile(r"\b[A-Za-z][a-z']+[ ,]+[a-z']{2,}[ ,]+[a-z']{2,}")
NAMES = ("PyPI package arch",)


@pytest.fixture(autouse=True)
def forget(page: Page) -> Any:
    """Leave no language behind for other tests."""
    yield
    page.driver.delete_all_cookies()


def test_the_switch_changes_the_page_and_is_kept(page: Page) -> None:
    """The same page in the other language; the next page and the scripts' texts follow, and back again."""
    page.open("/runs?status=FAILED")
    page.click('.languages a[lang="ko"]')
    page.until(lambda: page.text("h1").startswith("실행"))
    here = page.driver.current_url
    page.open("/data")
    korean = page.text("h1")
    page.click('.languages a[lang="en"]')
    page.until(lambda: page.text("h1").lower() == "import prices")

    assert "status=FAILED" in here
    assert korean == "가격 가져오기"


@pytest.mark.parametrize(
    "path", ["/", "/runs", "/compare", "/compare?runs={runs}", "/data", "/data/NASDAQ", "/no"]
)
def test_a_korean_page_has_no_english_sentence(page: Page, api: Api, path: str) -> None:
    """What remains in Latin letters are names, codes and formulas: never three English words in a row."""
    runs = [api.run(ticker="NASDAQ")["run_id"], api.run(rule_type="RSI")["run_id"]]
    address = path.format(runs=",".join(runs))
    page.open(f"{address}{'&' if '?' in address else '?'}lang=ko")
    lines = page.one("body").text.splitlines()

    left = [line for line in lines if SENTENCE.search(line) and not any(name in line for name in NAMES)]
    assert left == []


def test_the_scripts_speak_korean_too(page: Page) -> None:
    """A problem of the form is told in Korean by server and script alike."""
    page.open("/?lang=ko")
    page.type("#field-fee_rate", "9")
    page.click("#execute")
    page.until(lambda: "고칠 것 1개" in page.text("#problem-summary"))

    assert "0 이상 0.5 이하" in page.text("#field-fee_rate-problem")


def test_numbers_and_dates_follow_the_language(page: Page) -> None:
    """A day reads as its language writes it."""
    page.open("/data?lang=en")
    english = page.text("#datasets tbody")
    page.open("/data?lang=ko")
    korean = page.text("#datasets tbody")

    assert "Jan 4, 1999" in english
    assert "1999. 1. 4." in korean
