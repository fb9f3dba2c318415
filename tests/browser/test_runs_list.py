"""The list of runs at work: search, order, the chosen ones, tags and notes, and states that follow."""

import csv
import io
import os
import urllib.request
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver

from tests.browser.page import Api, Page
from tests.browser.test_waiting import ENGINES
from tests.running_web import running_web

HOSTILE = "<script>document.title='taken'</script>"


@pytest.fixture
def label() -> str:
    """Return a label that no other test uses."""
    return f"label {uuid4().hex[:8]}"


@pytest.fixture
def three(api: Api, label: str) -> list[dict[str, Any]]:
    """Return three succeeded runs of one label with different returns."""
    return [api.run(rule_id=label, params={"fast_period": fast}) for fast in (5, 15, 25)]


def ids(page: Page) -> list[str | None]:
    """Return the runs of the table in its order."""
    return [row.get_attribute("data-run-id") for row in page.every("#runs tbody tr")]


def choose(page: Page, runs: list[dict[str, Any]]) -> None:
    """Tick the boxes of these runs."""
    for run in runs:
        page.click(f'input[name="runs"][value="{run["run_id"]}"]')


def test_a_column_orders_the_list_best_first(page: Page, three: list[dict[str, Any]], label: str) -> None:
    """A click on Return gives the highest first, another one the lowest, and the head says which."""
    page.open(f"/runs?rule_id={label.replace(' ', '+')}")
    best_first = [run["run_id"] for run in sorted(three, key=lambda run: -run["metrics"]["total_return_pct"])]
    page.click('th a.sort[href*="total_return"]')
    page.until(lambda: ids(page) == best_first)
    order = page.one('th[aria-sort] a[href*="total_return"]').text
    page.click('th a.sort[href*="total_return"]')
    page.until(lambda: ids(page) == best_first[::-1])

    assert "▼" in order
    assert page.every('th[aria-sort="ascending"] a[href*="total_return"]')
    assert len(page.every("svg.spark polyline")) == 3


def test_the_chosen_runs_are_compared(page: Page, three: list[dict[str, Any]], label: str) -> None:
    """One run is too few for a comparison; with two the button leads to their shared address."""
    page.open(f"/runs?rule_id={label.replace(' ', '+')}")
    compare = page.one('#actions button[formaction$="/compare"]')
    choose(page, three[:1])
    alone = compare.is_enabled()
    choose(page, three[1:2])
    page.until(lambda: page.text("#chosen") == "With the 2 chosen runs")
    compare.click()
    page.until(lambda: page.every("#comparison[data-drawn]"))

    assert not alone
    assert all(run["run_id"] in page.driver.current_url for run in three[:2])
    assert len(page.every("#legend li")) == 2


def test_the_chosen_runs_are_tagged_found_and_reproduced(
    page: Page, three: list[dict[str, Any]], label: str
) -> None:
    """A tag is added to each of them, the search finds it, and reproducing submits each again."""
    tag = f"t{uuid4().hex[:8]}"
    page.open(f"/runs?rule_id={label.replace(' ', '+')}")
    choose(page, three[:2])
    page.type("#bulk-tag", tag)
    page.click('#actions button[value="tag"]')
    page.until(lambda: "2 runs were tagged" in page.text(".notice-good"))
    page.open(f"/runs?q={tag}")
    found = set(ids(page))
    choose(page, three[:1])
    page.click('#actions button[value="reproduce"]')
    page.until(lambda: "1 run was submitted again" in page.text(".notice-good"))
    page.open(f"/runs?rule_id={label.replace(' ', '+')}")
    page.until(lambda: page.every('.badge-link[href$="' + three[0]["run_id"] + '"]'))

    assert found == {run["run_id"] for run in three[:2]}
    assert len(ids(page)) == 4


def test_a_note_is_edited_in_a_dialog_and_hostile_text_stays_text(
    page: Page, three: list[dict[str, Any]], label: str
) -> None:
    """The dialog keeps tags and note; markup in them, in a label or a search is shown as it was typed."""
    run = three[0]["run_id"]
    page.open(f"/runs?rule_id={label.replace(' ', '+')}")
    page.click(f'tr[data-run-id="{run}"] [data-note]')
    page.until(lambda: page.every("#note-dialog[open] #note-text"))
    page.type("#note-tags", "<b>bold</b>")
    page.type("#note-text", HOSTILE)
    page.click("#note button[type=submit]")
    page.until(lambda: HOSTILE in page.text(f'tr[data-run-id="{run}"]'))
    tag = page.text(f'tr[data-run-id="{run}"] .tag')
    page.open(f"/runs?q={HOSTILE}&ticker=<b>&tag=<b>bold</b>")

    assert tag == "<b>bold</b>"
    assert page.driver.title == "Runs · stockbt"
    assert page.one("#filter-q").get_attribute("value") == HOSTILE
    assert page.every("main b") == []
    assert page.complaints() == []


def test_a_note_that_is_too_long_is_told_and_kept_in_the_form(page: Page, finished: dict[str, Any]) -> None:
    """Too many tags come back with what is wrong, and with what was typed."""
    page.open(f"/runs/{finished['run_id']}/note")
    page.type("#note-tags", ",".join(str(number) for number in range(21)))
    page.click("#note button[type=submit]")
    page.until(lambda: "must be at most 20" in page.text("#problem-summary"))

    assert "20" in (page.one("#note-tags").get_attribute("value") or "")


def test_the_export_is_safe_for_spreadsheets(page: Page, api: Api) -> None:
    """One row a run with terms and figures; text that a spreadsheet takes for a formula is quoted."""
    run = api.run(rule_id='=HYPERLINK("http://x")')
    with urllib.request.urlopen(f"{page.url}/runs/export.csv?runs={run['run_id']}") as answer:
        rows = list(csv.DictReader(io.StringIO(answer.read().decode())))

    assert rows[0]["run_id"] == run["run_id"]
    assert rows[0]["rule_id"] == '\'=HYPERLINK("http://x")'
    assert float(rows[0]["total_return_pct"]) == run["metrics"]["total_return_pct"]


def test_the_list_says_what_to_do_first_and_follows_open_runs(
    session_driver: WebDriver, tmp_path: Path
) -> None:
    """Without runs it leads to the form; an open run's row changes by itself, and then nothing is asked."""
    worker = tmp_path / "stockbt_worker"
    worker.mkdir()
    (worker / "__init__.py").write_text("")
    (worker / "__main__.py").write_text("import signal\nsignal.pause()  # a worker that never gets going\n")
    (worker / "engines.py").write_text(ENGINES)
    with running_web(PYTHONPATH=os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])) as site:
        api, page = Api(site.url), Page(session_driver, site.url)
        page.open("/runs")
        empty = page.text(".empty")
        run = api.ask("/run_backtest", {"ticker": "SP500", "rule_type": "RSI"}, wait=0)["run_id"]
        page.open("/runs")
        page.until(lambda: "1 run is under way" in page.text("#live"))
        waiting = page.text("#runs tbody tr .pill")
        api.ask(f"/api/runs/{run}/cancel", {})
        page.until(lambda: "FAILED" in page.text("#runs tbody tr .pill"))
        page.until(lambda: page.text("#live") == "")

        assert "There is no run yet" in empty
        assert "PENDING" in waiting
        assert page.complaints() == []
