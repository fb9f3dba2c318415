"""The list of runs, narrow screens, and pages without anything to show."""

from typing import Any
from uuid import uuid4

import pytest

from tests.browser.chromium import resize
from tests.browser.page import Api, Page


def test_the_list_is_filtered_by_its_form(page: Page, api: Api) -> None:
    """The filters of the form leave the runs that fit, and stay filled."""
    label = f"mine {uuid4()}"
    run = api.run(ticker="NASDAQ", rule_type="MACD", rule_id=label)
    api.run(rule_id=label)
    page.open("/runs")
    page.type("#filter-ticker", "NASDAQ")
    page.type("#filter-rule_id", label)
    page.click(".filters button")
    page.until(lambda: "ticker=NASDAQ" in page.driver.current_url)

    assert [row.get_attribute("data-run-id") for row in page.every("#runs tbody tr")] == [run["run_id"]]
    assert page.one("#filter-ticker").get_attribute("value") == "NASDAQ"


def test_a_filter_without_a_match_says_so(page: Page) -> None:
    """An empty answer offers the way back to all runs."""
    page.open("/runs?ticker=NOBODY")

    assert "No run matches these filters" in page.text(".empty")


def test_a_run_that_is_not_there_is_a_page_with_a_way_back(page: Page) -> None:
    """An unknown run's address answers with a page that leads on."""
    page.open("/runs/00000000-0000-4000-8000-000000000000")

    assert page.text(".error-status") == "404"
    assert page.one(".error-page .btn-primary").get_attribute("href") == f"{page.url}/"


@pytest.mark.parametrize("width", [390, 768, 3840])
@pytest.mark.parametrize(
    "path", ["/", "/runs", "/runs/{run}", "/runs/{run}#equity", "/runs/{run}#trades", "/runs/{run}#about"]
)
def test_no_page_is_wider_than_the_screen(
    page: Page, finished: dict[str, Any], path: str, width: int
) -> None:
    """From a phone to 4K nothing has to be scrolled sideways."""
    resize(page.driver, width, 844)
    page.open(path.format(run=finished["run_id"]))

    wide = page.driver.execute_script("return document.documentElement.scrollWidth")
    assert wide <= width
