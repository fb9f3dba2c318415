"""Every page beside the run's own: axe finds nothing, in both languages, both themes, wide and narrow."""

from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.browser.axe import findings
from tests.browser.chromium import resize
from tests.browser.page import Api, Page

PAGES = (
    "/",
    "/runs",
    "/runs?q=nothing",
    "/runs/{run}/note",
    "/compare",
    "/compare?runs={run},{other}",
    "/data",
    "/data/NASDAQ",
    "/nowhere",
)


@pytest.fixture(scope="module")
def other(api: Api) -> dict[str, Any]:
    """Return a second run, on data with a finding, with text that could be markup."""
    return api.run(ticker="NASDAQ", rule_type="RSI", rule_id="<i>other</i>")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("language", "theme", "width"), [("en", "dark", 1440), ("ko", "light", 390)])
def test_axe_finds_nothing(
    page: Page,
    finished: dict[str, Any],
    other: dict[str, Any],
    path: str,
    language: str,
    theme: str,
    width: int,
) -> None:
    """No page has a violation of WCAG 2.2 AA that axe can see."""
    resize(page.driver, width, 900)
    page.open("/runs")
    page.driver.execute_script("localStorage.setItem('theme', arguments[0])", theme)
    address = path.format(run=finished["run_id"], other=other["run_id"])
    page.open(f"{address}{'&' if '?' in address else '?'}lang={language}")
    drawn = {"/compare?": "#comparison[data-drawn]", "/data/": "#prices[data-drawn]"}
    for start, sign in drawn.items():
        if address.startswith(start):
            page.until(lambda sign=sign: page.every(sign))
    found = findings(page.driver)
    page.driver.execute_script("localStorage.clear()")
    page.driver.delete_all_cookies()

    assert found == []


@pytest.mark.parametrize("path", ["/runs", "/compare", "/data", "/nowhere"])
def test_the_keyboard_reaches_everything_and_shows_where_it_is(page: Page, path: str) -> None:
    """Tabs go through every link, field and button that is shown, each with a visible outline."""
    page.open(path)
    wanted = page.driver.execute_script(
        "return [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]"
        ".filter((e) => !e.disabled && e.type !== 'hidden' && e.checkVisibility()).length"
    )
    seen = []
    page.one("body").send_keys(Keys.TAB)
    for _ in range(wanted + 40):
        held = page.driver.switch_to.active_element
        if held.tag_name == "body":
            break
        if held.tag_name in ("a", "button", "input", "select", "textarea", "summary"):
            seen.append(
                page.driver.execute_script("return getComputedStyle(arguments[0]).outlineStyle", held)
            )
        ActionChains(page.driver).send_keys(Keys.TAB).perform()  # a field for files takes no keys

    assert len(seen) == wanted
    assert set(seen) == {"solid"}


def test_the_skip_link_leads_to_the_content(page: Page) -> None:
    """The first stop of the keyboard jumps over the header."""
    page.open("/runs")
    page.one("body").send_keys(Keys.TAB)
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)

    assert page.driver.switch_to.active_element == page.one("#main")
