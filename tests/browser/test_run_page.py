"""A run's page: its tabs, figures with their provenance, charts, tables and buttons."""

from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.axe import findings
from tests.browser.chromium import resize
from tests.browser.page import Api, Page

TABS = ("stats", "equity", "drawdown", "portfolio", "trades", "about")
CHARTS = ("equity", "drawdown", "portfolio")
HOSTILE = "<img src=x onerror=alert(1)>'\"&{{7*7}}"


def opened(page: Page, run: dict[str, Any], tab: str) -> None:
    """Open a tab at its own address and wait until its charts are drawn."""
    page.open(f"/runs/{run['run_id']}?tab={tab}")
    drawn(page, tab)


def drawn(page: Page, tab: str) -> None:
    """Wait until the tab is filled and every chart of it is drawn."""
    page.until(lambda: page.every(f"#panel-{tab}[data-filled]:not([hidden]):not([aria-busy])"))
    charts = page.every(f"#panel-{tab} figure[data-chart]")
    for chart in reversed(charts):  # the first one last, which leaves it in sight
        page.driver.execute_script("arguments[0].scrollIntoView({block: 'end', behavior: 'instant'})", chart)
        page.until(lambda: chart.get_attribute("data-drawn"))  # noqa: B023  waited for here


@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_is_drawn_from_its_own_address(page: Page, finished: dict[str, Any], chart: str) -> None:
    """A tab's address opens the tab with its chart drawn, and the browser has nothing to complain of."""
    opened(page, finished, chart)

    canvases = [c.size for c in page.every(f"#panel-{chart} canvas")]
    assert any(size["width"] > 600 and size["height"] > 60 for size in canvases)
    assert page.one(f"#tab-{chart}").get_attribute("aria-selected") == "true"
    assert page.complaints() == []


def test_an_address_with_a_hash_opens_that_tab(page: Page, finished: dict[str, Any]) -> None:
    """Addresses of earlier versions, with the tab after the hash, still open it."""
    page.open(f"/runs/{finished['run_id']}#drawdown")
    drawn(page, "drawdown")

    assert page.one("#tab-drawdown").get_attribute("aria-selected") == "true"


def test_the_charts_last_values_are_those_of_the_run(page: Page, finished: dict[str, Any]) -> None:
    """The readout of the equity chart ends at the last bar with the final value."""
    opened(page, finished, "equity")

    readout = page.text("#panel-equity [data-readout]")
    assert "Dec 31, 2018" in readout
    assert f"Equity {finished['metrics']['final_value']:,.0f}" in readout


def test_what_the_trades_brought_ends_at_the_runs_return(page: Page, finished: dict[str, Any]) -> None:
    """The second chart of PORTFOLIO has a readout of its own, under the crosshair of the first."""
    opened(page, finished, "portfolio")
    page.one('[data-chart="portfolio"] [data-area]').send_keys(Keys.PAGE_UP)
    date = page.text('[data-chart="portfolio"] [data-readout]').splitlines()[0]
    shared = page.text('[data-chart="results"] [data-readout]')
    page.one('[data-chart="portfolio"] [data-area]').send_keys(Keys.END)
    last = page.text('[data-chart="results"] [data-readout]')

    assert shared.startswith(date)
    assert f"Cumulative return {finished['metrics']['total_return_pct']:,.2f} %" in last


def test_zooming_in_fetches_what_thinning_left_out(page: Page, finished: dict[str, Any]) -> None:
    """Zoomed in by the keyboard, the chart asks for that stretch and shows every bar of it."""
    opened(page, finished, "equity")
    note = '[data-chart="equity"] [data-note]'
    before = page.text(note)
    area = page.one('[data-chart="equity"] [data-area]')
    for _ in range(6):
        area.send_keys(Keys.ARROW_UP)
    page.until(lambda: "Thinned" not in page.text(note))

    fetched = page.driver.execute_script(
        "return performance.getEntriesByType('resource').filter(e => e.name.includes('from=')).length"
    )
    assert "Thinned" in before
    assert fetched >= 1
    assert page.complaints() == []


def test_the_crosshair_and_the_stretch_are_shared_by_the_charts(page: Page, finished: dict[str, Any]) -> None:
    """What the keyboard reads on EQUITY is where DRAWDOWN and the rolling figures point, zoomed alike."""
    opened(page, finished, "equity")
    area = page.one('[data-chart="equity"] [data-area]')
    for _ in range(6):
        area.send_keys(Keys.ARROW_UP)
    page.until(lambda: "Thinned" not in page.text('[data-chart="equity"] [data-note]'))
    area.send_keys(Keys.PAGE_UP)
    date = page.text('[data-chart="equity"] [data-readout]').splitlines()[0]
    rolling = page.text('[data-chart="rolling"] [data-readout]')
    page.one("#tab-drawdown").click()
    drawn(page, "drawdown")

    assert rolling.startswith(date)
    assert page.text('[data-chart="drawdown"] [data-readout]').startswith(date)
    assert "Thinned" not in page.text('[data-chart="drawdown"] [data-note]')


def test_keys_that_come_faster_than_frames_all_count(page: Page, finished: dict[str, Any]) -> None:
    """On a slow machine too: each press zooms on from the one before, and the bars for it are fetched."""
    opened(page, finished, "equity")
    area = page.one('[data-chart="equity"] [data-area]')
    at_once = """for (let i = 0; i < 6; i++) {
        arguments[0].dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowUp"}));
    }"""
    page.driver.execute_script(at_once, area)

    page.until(lambda: "Thinned" not in page.text('[data-chart="equity"] [data-note]'))


def test_a_log_scale_and_the_buttons_work(page: Page, finished: dict[str, Any]) -> None:
    """Log scale can be switched, and buttons zoom in and show the whole range again."""
    opened(page, finished, "equity")
    page.click('[data-chart="equity"] [data-chart-action="log"]')
    for _ in range(3):
        page.click('[data-chart="equity"] [data-chart-action="in"]')
    note = '[data-chart="equity"] [data-note]'
    page.until(lambda: "Thinned" not in page.text(note))
    page.click('[data-chart="equity"] [data-chart-action="fit"]')
    page.until(lambda: "Thinned" in page.text(note))

    assert page.one('[data-chart-action="log"]').get_attribute("aria-pressed") == "true"
    assert page.complaints() == []


def test_tabs_follow_the_arrow_keys(page: Page, finished: dict[str, Any]) -> None:
    """The arrow keys move along the tabs, and the address follows."""
    page.open(f"/runs/{finished['run_id']}")
    page.one("#tab-stats").send_keys(Keys.ARROW_RIGHT)
    page.until(lambda: page.driver.current_url.endswith("?tab=equity"))

    assert page.driver.switch_to.active_element == page.one("#tab-equity")
    assert page.one("#panel-equity").is_displayed()
    assert not page.one("#panel-stats").is_displayed()


def test_every_figure_opens_where_it_comes_from(page: Page, finished: dict[str, Any]) -> None:
    """By the keyboard alone: formula, N, ddof, inputs and what others print; Escape closes it."""
    opened(page, finished, "stats")
    names = page.every(".kpi-name")
    sharpe = page.one('[data-metric="sharpe_ratio"] .kpi-name')
    sharpe.send_keys(Keys.ENTER)
    page.until(lambda: page.one("#why-sharpe_ratio").is_displayed())
    told = page.text("#why-sharpe_ratio")
    page.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    page.until(lambda: not page.one("#why-sharpe_ratio").is_displayed())

    assert len(names) == len(page.every(".why")) == 18
    assert "mean(r) / std(r, ddof 1) x sqrt(P)" in told
    assert str(finished["metrics"]["sharpe_ratio"]) in told
    assert "5,030 returns" in told
    assert "backtesting.py" in told
    assert page.driver.switch_to.active_element == sharpe


def test_figures_stand_beside_holding_and_their_interval(
    page: Page, api: Api, finished: dict[str, Any]
) -> None:
    """The card of a figure has holding's value and the bootstrap's interval, with a plain sentence below."""
    opened(page, finished, "stats")
    told = api.ask(f"/api/runs/{finished['run_id']}/analysis")["uncertainty"]
    total = next(i for i in told["intervals"] if i["name"] == "total_return_pct")

    card = page.text('[data-metric="total_return_pct"]')
    assert f"{finished['metrics']['buy_hold_return_pct']:+,.2f} %" in card
    assert f"{total['low']:+,.2f} % … {total['high']:+,.2f} %" in card
    assert all(sentence in page.text("#doubt") for sentence in told["sentences"])


def test_too_few_trades_are_said_to_be_too_few(page: Page, api: Api) -> None:
    """Where there is too little to say anything, a sentence says so and no interval is shown."""
    run = api.run(start_date="2018-06-01", params={"fast_period": 2, "slow_period": 15})
    opened(page, run, "stats")

    assert "95 %" not in page.text('[data-metric="total_return_pct"]')
    assert page.text("#doubt p")


def test_an_undefined_figure_says_why(page: Page, api: Api) -> None:
    """A run without trades shows n/a with the reason, never a number."""
    run = api.run(start_date="2018-12-03", params={"fast_period": 2, "slow_period": 15})
    opened(page, run, "stats")

    assert run["metrics"]["win_rate"] is None
    value = page.one('[data-metric="win_rate"] .kpi-value')
    assert value.text == "n/a"
    assert value.get_attribute("title") == "Undefined: the run has no closed trade."


def test_returns_by_month_and_year_are_a_table(page: Page, api: Api, finished: dict[str, Any]) -> None:
    """The heat map is a table of numbers, newest year first."""
    opened(page, finished, "equity")
    year = api.ask(f"/api/runs/{finished['run_id']}/analysis")["periods"][-1]

    cells = [cell.text for cell in page.every("#periods tbody tr:first-child > *")]
    assert cells[0] == "2018"
    assert cells[-1] == f"{year['return_pct']:+.1f}"
    assert len(page.every("#periods tbody tr")) == 20


def test_the_worst_drawdowns_are_listed_and_show_on_the_chart(
    page: Page, api: Api, finished: dict[str, Any]
) -> None:
    """Depth, start, valley, recovery and days of the ten worst; a link zooms the chart to one."""
    opened(page, finished, "drawdown")
    worst = api.ask(f"/api/runs/{finished['run_id']}/analysis")["drawdowns"]
    first = [cell.text for cell in page.every("#worst tbody tr:first-child td")]
    page.click("#worst tbody tr:nth-child(2) a")
    page.until(lambda: "from=" in page.driver.current_url)

    assert len(page.every("#worst tbody tr")) == len(worst) == 10
    assert first[1] == f"-{worst[0]['depth_pct']:,.2f} %"
    assert first[5] == f"{worst[0]['days']:,.0f}"


def test_the_trades_table_shows_every_trade(page: Page, finished: dict[str, Any]) -> None:
    """The first row is the first trade with its reasons, and the range says how many there are."""
    opened(page, finished, "trades")

    trade = finished["trades"][0]
    cells = [c.text for c in page.every("#trade-table tbody tr:first-child td")]
    assert cells[:3] == ["1", trade["side"], f"{trade['size']:,.0f}"]
    assert cells[8] == f"{trade['pnl_abs']:+,.2f}"
    assert cells[10].endswith(" %")
    assert cells[13].startswith("buy signal")
    assert cells[14].startswith("sell signal")
    assert f"of {len(finished['trades'])}" in page.text('[data-range="page"]')
    assert "Bought: a long position was opened." in page.text("#signal-table tbody")


def test_trades_are_sorted_and_filtered_by_the_server(page: Page, finished: dict[str, Any]) -> None:
    """A click on a heading sorts, the form filters, the address keeps both, and the page stays."""
    opened(page, finished, "trades")
    page.driver.execute_script("window.stayed = true")
    page.click('#trade-table th a[href*="sort=pnl_abs"]')
    page.until(lambda: page.every('#trade-table th[aria-sort="ascending"] a[href*="sort=-pnl_abs"]'))
    page.choose("#filter-result", "won")
    page.click("#trades form button")
    page.until(lambda: "result=won" in page.driver.current_url)
    page.until(lambda: not page.every("[aria-busy]"))

    won = sorted(t["pnl_abs"] for t in finished["trades"] if t["pnl_abs"] > 0)
    shown = [c.text for c in page.every("#trade-table tbody tr td:nth-child(9)")]
    assert shown == [f"{value:+,.2f}" for value in won]
    assert "sort=pnl_abs" in page.driver.current_url
    assert page.driver.execute_script("return window.stayed")


def test_a_trade_jumps_to_its_place_on_the_chart(page: Page, finished: dict[str, Any]) -> None:
    """The row's link opens PORTFOLIO at the trade, and the same address shows a colleague the same."""
    opened(page, finished, "trades")
    page.click("#trade-table tbody tr:nth-child(3) a")
    page.until(lambda: "tab=portfolio&from=" in page.driver.current_url)
    drawn(page, "portfolio")
    address = page.driver.current_url
    note = page.text("#panel-portfolio [data-note]")
    page.open(address.removeprefix(page.url))
    drawn(page, "portfolio")

    assert "Thinned" not in note
    assert page.text("#panel-portfolio [data-note]") == note
    assert page.complaints() == []


def test_signals_that_were_not_filled_say_why(page: Page, api: Api) -> None:
    """The reasons are counted, and the log can be narrowed to what was not filled."""
    run = api.run(rule_type="RSI", params={}, start_date="2010-01-01")
    opened(page, run, "trades")
    page.click('.choices a[href*="signals=unfilled"]')
    page.until(lambda: "signals=unfilled" in page.driver.current_url)
    page.until(lambda: page.every('.choices [aria-current][href*="unfilled"]'))

    assert "Nothing done: " in page.text(".unfilled")
    assert all(cell.text.startswith("Nothing done") for cell in page.every("#signal-table td:last-child"))


def test_warnings_are_on_top_of_the_statistics(page: Page, finished: dict[str, Any]) -> None:
    """Every warning of the run is listed before its figures."""
    opened(page, finished, "stats")

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
    """ABOUT shows the run's hashes, its data with findings, every event with its reason, and the request."""
    opened(page, finished, "about")

    text = page.text("#panel-about")
    for name in ("run_id", "run_key", "result_hash", "data_hash", "engine_digest"):
        assert finished[name] in text
    assert len(page.every("#events tbody tr")) == len(finished["events"])
    assert "bars" in page.text("#data")
    assert '"rule_type": "MOVING_AVERAGE_CROSS"' in page.text(".request")


def test_reproducing_ends_with_an_identical_result(page: Page, finished: dict[str, Any]) -> None:
    """The button starts a new run that says at its end, without a reload, that the results are identical."""
    opened(page, finished, "about")
    page.click('[data-run-action="reproduce"]')
    page.until(lambda: "identical" in page.text(".notice-good"))

    assert finished["run_id"] not in page.driver.current_url
    assert page.text(".run-state").startswith(f"reproduces {finished['run_id'][:8]}: identical")


def test_hostile_text_shows_as_text(page: Page, api: Api) -> None:
    """A label that looks like a script is shown as it was written, on every tab."""
    run = api.run(rule_id=HOSTILE)
    for tab in TABS:
        opened(page, run, tab)

        assert HOSTILE in page.text("#run-view .run-terms")
        assert page.every('img[src="x"]') == []
    assert page.complaints() == []


def test_without_scripts_the_page_still_shows_everything(page: Page, finished: dict[str, Any]) -> None:
    """Tabs are links, tables and figures are the server's, charts are pictures, figures open."""
    page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page.driver.get(f"{page.url}/runs/{finished['run_id']}")
        page.one('[data-metric="cagr"] .kpi-name').click()
        told = page.text("#why-cagr")
        page.one("#why-cagr button").click()
        page.one("#tab-equity").click()
        page.until(lambda: page.driver.current_url.endswith("tab=equity"))
        picture = page.one("#panel-equity img.chart-image").is_displayed()
        months = len(page.every("#periods tbody tr"))
        page.one("#tab-trades").click()
        page.until(lambda: len(page.every("#trade-table tbody tr")) > 1)
    finally:
        page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})

    assert "365.25" in told
    assert picture
    assert months == 20


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("tab", TABS)
def test_axe_finds_nothing(page: Page, finished: dict[str, Any], tab: str, theme: str) -> None:
    """No tab has a violation of WCAG 2.2 AA that axe can see, in dark and in light."""
    page.open(f"/runs/{finished['run_id']}?tab={tab}")
    page.driver.execute_script("localStorage.setItem('theme', arguments[0])", theme)
    opened(page, finished, tab)
    page.driver.execute_script("document.querySelectorAll('details').forEach((d) => { d.open = true; })")

    try:
        assert findings(page.driver) == []
    finally:
        page.driver.execute_script("localStorage.removeItem('theme')")


def test_axe_finds_nothing_where_a_figure_is_explained(page: Page, finished: dict[str, Any]) -> None:
    """The opened provenance has no violation either."""
    opened(page, finished, "stats")
    page.click('[data-metric="sharpe_ratio"] .kpi-name')
    page.until(lambda: page.one("#why-sharpe_ratio").is_displayed())

    assert findings(page.driver) == []


@pytest.mark.parametrize("width", [390, 3840])
def test_no_tab_is_wider_than_its_window(page: Page, finished: dict[str, Any], width: int) -> None:
    """On a phone and at 4K nothing but a table's own region scrolls sideways."""
    resize(page.driver, width, 844 if width < 500 else 2160)
    for tab in TABS:
        opened(page, finished, tab)

        wider = page.driver.execute_script("return document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, tab
