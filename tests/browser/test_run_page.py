"""A run's page: its tabs, charts, tables and buttons."""

from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.conftest import Api, Page

CHARTS = ("equity", "drawdown", "portfolio")


@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_is_drawn_from_its_own_address(page: Page, finished: dict[str, Any], chart: str) -> None:
    """A tab's address opens the tab with its chart drawn, and the browser has nothing to complain of."""
    page.open(f"/runs/{finished['run_id']}#{chart}")
    page.until(lambda: page.every(f'[data-chart="{chart}"][data-drawn]'))

    canvases = [c.size for c in page.every(f"#panel-{chart} canvas")]
    assert any(size["width"] > 600 and size["height"] > 60 for size in canvases)
    assert page.one(f"#tab-{chart}").get_attribute("aria-selected") == "true"
    assert page.complaints() == []


def test_the_charts_last_values_are_those_of_the_run(page: Page, finished: dict[str, Any]) -> None:
    """The readout of the equity chart ends at the last bar with the final value."""
    page.open(f"/runs/{finished['run_id']}#equity")
    page.until(lambda: page.every('[data-chart="equity"][data-drawn]'))

    readout = page.text("#panel-equity [data-readout]")
    assert "2018-12-31" in readout
    assert f"Equity {finished['metrics']['final_value']:,.0f}" in readout


def test_zooming_in_fetches_what_thinning_left_out(page: Page, finished: dict[str, Any]) -> None:
    """Zoomed in by the keyboard, the chart asks for that stretch and shows every bar of it."""
    page.open(f"/runs/{finished['run_id']}#equity")
    page.until(lambda: page.every('[data-chart="equity"][data-drawn]'))
    before = page.text("#panel-equity [data-note]")
    area = page.one("#panel-equity [data-area]")
    for _ in range(5):
        area.send_keys("+")
    page.until(lambda: page.text("#panel-equity [data-note]") != before)
    page.until(lambda: "thinned" not in page.text("#panel-equity [data-note]"))

    fetched = page.driver.execute_script(
        "return performance.getEntriesByType('resource').filter(e => e.name.includes('start=')).length"
    )
    assert "thinned" in before
    assert fetched >= 1
    assert page.complaints() == []


def test_tabs_follow_the_arrow_keys(page: Page, finished: dict[str, Any]) -> None:
    """The arrow keys move along the tabs, and the address follows."""
    page.open(f"/runs/{finished['run_id']}")
    page.one("#tab-stats").send_keys(Keys.ARROW_RIGHT)
    page.until(lambda: page.driver.current_url.endswith("#equity"))

    assert page.driver.switch_to.active_element == page.one("#tab-equity")
    assert page.one("#panel-equity").is_displayed()
    assert not page.one("#panel-stats").is_displayed()


def test_the_trades_table_shows_every_trade(page: Page, finished: dict[str, Any]) -> None:
    """The first row of the table is the first trade, and the range says how many there are."""
    page.open(f"/runs/{finished['run_id']}#trades")
    page.until(lambda: len(page.every('[data-paged="trades"] tbody tr')) > 1)
    page.until(lambda: len(page.every('[data-paged="orders"] tbody tr')) > 1)

    trades = finished["trades"]
    cells = [c.text for c in page.every('[data-paged="trades"] tbody tr:first-child td')]
    assert cells[:4] == ["1", trades[0]["side"], f"{trades[0]['size']:,.0f}", trades[0]["entry_timestamp"]]
    assert cells[8] == f"{trades[0]['pnl_abs']:+,.2f}"
    assert f"of {len(trades)}" in page.text('[data-paged="trades"] [data-range]')
    assert "Bought: a long position was opened." in page.text('[data-paged="orders"] tbody')


def test_an_undefined_figure_says_why(page: Page, api: Api) -> None:
    """A run without trades shows n/a with the reason, never a number."""
    run = api.run(start_date="2018-12-03", params={"fast_period": 2, "slow_period": 15})
    page.open(f"/runs/{run['run_id']}")

    assert run["metrics"]["win_rate"] is None
    value = page.one('[data-metric="win_rate"] dd')
    assert value.text == "n/a"
    assert value.get_attribute("title") == "Undefined: the run has no closed trade."


def test_warnings_are_on_top_of_the_statistics(page: Page, finished: dict[str, Any]) -> None:
    """Every warning of the run is listed before its figures."""
    page.open(f"/runs/{finished['run_id']}")

    shown = [item.text for item in page.every(".warnings li")]
    assert shown == [f"{w['code']} {w['message']}" for w in finished["warnings"]]


def test_a_failed_run_says_what_went_wrong_and_what_to_do(page: Page, api: Api) -> None:
    """A failed run shows its code, its message and advice, and can be used as a template."""
    run = api.ask("/run_backtest", {"ticker": "SP500", "rule_type": "RSI", "fee_rate": 9})
    page.open(f"/runs/{run['run_id']}")

    notice = page.text(".notice-failed")
    assert "INVALID_PARAMS" in notice
    assert "fee_rate must be at least 0 and at most 0.5" in notice
    assert "What to do: " in notice
    assert page.one("#panel-about .btn-primary").get_attribute("href") == f"{page.url}/?from={run['run_id']}"


def test_about_names_what_makes_the_run_reproducible(page: Page, finished: dict[str, Any]) -> None:
    """ABOUT shows the run's hashes and every event with its reason."""
    page.open(f"/runs/{finished['run_id']}#about")

    text = page.text("#panel-about")
    for name in ("run_id", "run_key", "result_hash", "data_hash", "engine_digest"):
        assert finished[name] in text
    assert len(page.every("#events tbody tr")) == len(finished["events"])


def test_reproducing_ends_with_an_identical_result(page: Page, finished: dict[str, Any]) -> None:
    """The button starts a new run that says at its end that the results are identical."""
    page.open(f"/runs/{finished['run_id']}#about")
    page.click('[data-run-action="reproduce"]')
    page.until(lambda: "identical" in page.text(".notice-good"))

    assert finished["run_id"] not in page.driver.current_url
