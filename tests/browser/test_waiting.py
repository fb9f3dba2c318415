"""A run under way: the page says in which state it is and since when, and lets it be cancelled."""

from pathlib import Path

from selenium.webdriver.chrome.webdriver import WebDriver

from tests.browser.page import Api, Page
from tests.running_web import running_web

ENGINES = """
def engine_names():
    return ("legacy",)


def engine_digest(name):
    return "none"
"""


def test_a_waiting_run_says_so_and_can_be_cancelled(session_driver: WebDriver, tmp_path: Path) -> None:
    """PENDING since when, without reloading by hand; after the cancel the page says what happened."""
    worker = tmp_path / "stockbt_worker"
    worker.mkdir()
    (worker / "__init__.py").write_text("")
    (worker / "__main__.py").write_text("import signal\nsignal.pause()  # a worker that never gets going\n")
    (worker / "engines.py").write_text(ENGINES)
    with running_web(PYTHONPATH=str(tmp_path)) as site:
        api, page = Api(site.url), Page(session_driver, site.url)
        page.open("/")
        page.choose("#field-ticker", "SP500")
        page.click("#execute")
        page.until(lambda: "/runs/" in page.driver.current_url)
        run_id = page.driver.current_url.rsplit("/", 1)[1].partition("#")[0]
        page.until(lambda: "PENDING" in page.text("main"))
        waiting = page.text("main")
        page.open(f"/runs/{run_id}#about")
        page.until(lambda: page.one("[data-run-action=cancel]").is_displayed())
        page.click("[data-run-action=cancel]")
        page.until(lambda: "CANCELLED" in page.text("main"))

        assert "since" in waiting.lower()
        assert api.ask(f"/status/{run_id}")["error_kind"] == "cancelled"
