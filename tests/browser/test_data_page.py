"""The data pages: importing a file, its findings on the chart, its versions, and what a bad file is told."""

from pathlib import Path
from uuid import uuid4

import pytest
from selenium.webdriver.common.by import By

from tests.browser.page import Api, Page

HEADER = "Date,Open,High,Low,Close,Volume\n"
DROP = """
const [zone, name, text] = arguments;
const transfer = new DataTransfer();
transfer.items.add(new File([text], name, { type: "text/csv" }));
for (const kind of ["dragenter", "dragover", "drop"]) {
  zone.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: transfer }));
}
"""


def prices(days: int = 20, *, silent: int | None = None, first: float = 100) -> str:
    """Return a price file of January 2024; the bar `silent` has no volume."""
    lines = (
        f"2024-01-{day:02d},{first + day},{first + 1 + day},{first - 1 + day},{first + day},"
        f"{0 if day == silent else 10}"
        for day in range(1, days + 1)
    )
    return HEADER + "\n".join(lines) + "\n"


@pytest.fixture
def ticker() -> str:
    """Return a name that no other test uses."""
    return f"T{uuid4().hex[:10].upper()}"


def test_a_dropped_file_is_imported_and_its_findings_are_marked(page: Page, ticker: str) -> None:
    """The file's name becomes the security's; after the import its page shows prices and findings."""
    page.open("/data")
    zone = page.one("[data-drop-zone]")
    page.driver.execute_script(DROP, zone, f"{ticker.lower()}.csv", prices(silent=5))
    named = page.one("#import-ticker").get_attribute("value")
    page.click("#import button[type=submit]")
    page.until(lambda: page.every("#prices[data-drawn]"))

    assert named == ticker
    assert f"/data/{ticker}" in page.driver.current_url
    assert "The file is imported" in page.text(".notice-good")
    assert page.text('[data-finding="ZERO_VOLUME"] .finding-mark') == "A"
    assert "2024-01-05: the volume is zero" in page.text('[data-finding="ZERO_VOLUME"]')
    assert "Jan 20, 2024 120.00" in page.text("#prices [data-readout]")
    assert page.complaints() == []


def test_a_bad_file_is_told_its_lines_and_nothing_is_stored(page: Page, api: Api, ticker: str) -> None:
    """Every wrong line is named by its number, the summary has the focus, and nothing was imported."""
    text = prices(2) + "2024-01-02,1,1,1,1,1\n2024-01-09,1,1,5,1,1\n"
    page.open("/data")
    page.driver.execute_script(DROP, page.one("[data-drop-zone]"), f"{ticker}.csv", text)
    page.click("#import button[type=submit]")
    page.until(lambda: page.every("#import-problems:not([hidden])"))

    rows = [
        [c.text for c in row.find_elements(By.CSS_SELECTOR, "td")]
        for row in page.every("#import-problems tbody tr")
    ]
    assert rows == [
        ["4", "Date 2024-01-02 repeats the one before"],
        ["5", "High 1.0 is below Low 5.0"],
    ]
    assert page.driver.switch_to.active_element == page.one("#import-problems")
    assert api.ask(f"/api/datasets/{ticker}")["status"] == 404


def test_the_form_imports_without_scripts(page: Page, tmp_path: Path, ticker: str) -> None:
    """The plain form sends the file itself; a bad one comes back with its lines, a good one with its page."""
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(prices())
    bad.write_text(HEADER + "2024-01-02,1,1,1,zero,1\n")
    page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page.driver.get(f"{page.url}/data")
        page.one("#import-file").send_keys(str(bad))
        page.one("#import-ticker").send_keys(ticker)
        page.one("#import button[type=submit]").click()
        refused = page.until(lambda: page.text("#import-problems tbody"))
        page.one("#import-file").send_keys(str(good))
        page.one("#import button[type=submit]").click()
        page.until(lambda: f"/data/{ticker}" in page.driver.current_url)
    finally:
        page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})

    assert refused == "2 Close 'zero' is not a finite number"
    assert len(page.every("#versions tbody tr")) == 1


def test_versions_name_the_runs_that_used_them(page: Page, api: Api, tmp_path: Path, ticker: str) -> None:
    """A second import is a second version; a run stays with the version it was pinned to."""
    page.open("/data")
    page.driver.execute_script(DROP, page.one("[data-drop-zone]"), f"{ticker}.csv", prices())
    page.click("#import button[type=submit]")
    page.until(lambda: page.every("#prices[data-drawn]"))
    run = api.run(ticker=ticker, params={"fast_period": 2, "slow_period": 5})
    page.open("/data")
    page.driver.execute_script(DROP, page.one("[data-drop-zone]"), f"{ticker}.csv", prices(first=200))
    page.click("#import button[type=submit]")
    page.until(lambda: len(page.every("#versions tbody tr")) == 2)

    newest, oldest = [row.text for row in page.every("#versions tbody tr")]
    assert "none yet" in newest
    assert run["run_id"][:8] in oldest
    page.click("#versions tbody tr:last-child a")
    page.until(lambda: "Jan 20, 2024 120.00" in page.text("#prices [data-readout]"))


def test_hostile_names_of_files_stay_text(page: Page, ticker: str) -> None:
    """Markup in a file's name or content is shown as text, in the source and in an error."""
    name = "<img src=x onerror=alert(1)>.csv"
    page.open("/data")
    page.driver.execute_script(DROP, page.one("[data-drop-zone]"), name, HEADER + "<b>2024</b>,1,1,1,1,1\n")
    page.type("#import-ticker", ticker)
    page.click("#import button[type=submit]")
    page.until(lambda: page.every("#import-problems:not([hidden])"))
    problem = page.text("#import-problems tbody")
    page.driver.execute_script(DROP, page.one("[data-drop-zone]"), name, prices())
    page.click("#import button[type=submit]")
    page.until(lambda: page.every("#prices[data-drawn]"))

    assert "<b>2024</b>" in problem
    assert f"upload {name}" in page.text("#versions")
    assert page.every('img[src="x"]') == []


def test_data_that_is_not_there_is_a_page_with_a_way_on(page: Page) -> None:
    """An unknown security's page says so and leads to the data there is."""
    page.open("/data/NOBODY")

    assert page.text(".error-status") == "404"
    assert "There is no data for this ticker." in page.text(".error-page")
