"""The comparison of runs: chosen in the list, curves over each other, best figures, and what differs."""

from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.page import Api, Page


@pytest.fixture(scope="module")
def three(api: Api) -> list[dict[str, Any]]:
    """Return three runs that differ in period, rule and range."""
    return [
        api.run(params={"fast_period": 10, "slow_period": 60}),
        api.run(params={"fast_period": 30}, fee_rate=0, start_date="2010-01-04"),
        api.run(rule_type="RSI", rule_id="<b>third</b>"),
    ]


def address(runs: list[dict[str, Any]]) -> str:
    """Return the comparison's address."""
    return "/compare?runs=" + ",".join(run["run_id"] for run in runs)


def test_a_shared_address_shows_the_same_comparison(page: Page, three: list[dict[str, Any]]) -> None:
    """Both charts are drawn, every run is in the legend in its order, and nothing complains."""
    page.open(address(three))
    page.until(lambda: page.every("#comparison[data-drawn]"))

    legend = [item.text for item in page.every("#legend li")]
    assert [text.split()[0] for text in legend] == ["1", "2", "3"]
    assert "“<b>third</b>”" in legend[2]
    assert page.every("#legend b") == []
    equity = page.text('[data-curve="equity"] [data-readout]')
    for number, run in enumerate(three, 1):
        assert f"{number}: {run['metrics']['final_value'] / 1000:,.2f}" in equity
    assert len(page.every("#comparison canvas")) > 2
    assert page.complaints() == []


def test_the_best_value_of_a_figure_is_marked_and_named(page: Page, three: list[dict[str, Any]]) -> None:
    """The star stands at the largest return and at the smallest drawdown; a neutral figure has none."""
    page.open(address(three))

    def marked(figure: str) -> list[bool]:
        cells = page.every(f'[data-figure="{figure}"] td')
        return ["best:" in (cell.get_attribute("textContent") or "") for cell in cells]

    returns = [run["metrics"]["total_return_pct"] for run in three]
    depths = [run["metrics"]["max_drawdown_pct"] for run in three]
    assert marked("total_return_pct") == [value == max(returns) for value in returns]
    assert marked("max_drawdown_pct") == [value == min(depths) for value in depths]
    assert marked("num_trades") == [False, False, False]


def test_only_what_differs_is_in_the_differences(page: Page, three: list[dict[str, Any]]) -> None:
    """A parameter's default counts as its value; what is the same for all stays folded away."""
    page.open(address(three[:2]))

    rows = {row.get_attribute("data-field"): row.text for row in page.every("#differences tbody tr")}
    assert set(rows) == {"params.fast_period", "params.slow_period", "fee_rate", "start_date"}
    assert rows["params.slow_period"] == "slow_period 60 50"
    assert not page.one("#same").is_displayed()


def test_the_curves_are_there_as_a_table(page: Page, three: list[dict[str, Any]]) -> None:
    """Whoever cannot see the lines reads the same values, a dash where a run had not begun."""
    page.open(address(three))
    page.click("details.behind summary")
    page.until(lambda: page.one("#curves-table").is_displayed())

    first = [cell.text for cell in page.every("#curves-table tbody tr:first-child td")]
    assert first[:4] == ["100.00", "0.00 %", "–", "–"]


def test_without_runs_it_says_how_to_choose_them(page: Page, three: list[dict[str, Any]]) -> None:
    """No run, one run and too many runs are told what is needed, with the way to the list."""
    page.open("/compare")
    empty = page.text(".empty")
    page.open(address(three[:1]))

    assert "Compare 2 to 20 runs" in empty
    assert "must name 2 to 20 runs, not 1" in page.text(".notice-failed")
    assert page.one(".empty .btn-primary").get_attribute("href") == f"{page.url}/runs"


def test_the_charts_follow_the_keyboard(page: Page, three: list[dict[str, Any]]) -> None:
    """Plus zooms both charts in, and Home shows all of them again."""
    page.open(address(three))
    page.until(lambda: page.every("#comparison[data-drawn]"))
    area = page.one('[data-curve="equity"] [data-area]')

    def shown() -> list[str | None]:
        return [chart.get_attribute("data-shown") for chart in page.every("#comparison [data-area]")]

    whole = ["915408000 1546214400"] * 2  # 1999-01-04 to 2018-12-31 in seconds
    page.until(lambda: shown() == whole)
    area.send_keys("+++")
    page.until(lambda: whole[0] != shown()[0] and whole[1] != shown()[1])
    area.send_keys(Keys.HOME)
    page.until(lambda: shown() == whole)

    assert page.complaints() == []


def test_the_lines_follow_the_theme(page: Page, three: list[dict[str, Any]]) -> None:
    """Light and dark have colours of their own for the same run, and the choice is kept."""
    page.open(address(three))
    page.until(lambda: page.every("#comparison[data-drawn]"))
    stroke = page.one("#legend line").get_attribute("stroke")
    page.click("[data-theme-toggle]")
    page.until(lambda: page.one("#legend line").get_attribute("stroke") != stroke)
    chosen = page.one("html").get_attribute("data-bs-theme")
    page.open("/runs")
    kept = page.one("html").get_attribute("data-bs-theme")
    page.driver.execute_script("localStorage.clear()")

    assert kept == chosen
