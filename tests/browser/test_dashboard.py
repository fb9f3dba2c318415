"""The dashboard: filling the form, executing, bad input, presets."""

import urllib.parse
import urllib.request
from urllib.error import HTTPError
from uuid import uuid4

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.page import Api, Page


def test_executing_shows_the_run_to_its_end_with_the_figures_of_the_api(page: Page, api: Api) -> None:
    """A run submitted from the form ends before the user's eyes, with the figures of /status."""
    page.open("/")
    page.choose("#field-ticker", "SP500")
    page.choose("#field-rule_type", "RSI")
    page.type("#param-RSI-period", "10")
    page.type("#field-fee_rate", "0.002")
    page.click("#execute")
    page.until(lambda: "/runs/" in page.driver.current_url)  # the dashboard shows an earlier run's figures
    page.until(lambda: page.text(".kpi"))

    run = api.ask(f"/status/{page.one('#run-view').get_attribute('data-run-id')}")
    shown = {
        card.get_attribute("data-metric"): card.find_elements(By.TAG_NAME, "data")
        for card in page.every(".kpi")
    }
    figures = {n: float(d[0].get_attribute("value") or "") if d else None for n, d in shown.items()}
    assert run["params"] == {"period": 10, "oversold": 30, "overbought": 70}
    assert run["fee_rate"] == 0.002
    assert figures == run["metrics"]


def test_only_the_chosen_strategys_parameters_are_shown(page: Page) -> None:
    """Choosing a strategy shows its parameters, their defaults and limits, and hides the others."""
    page.open("/")
    page.choose("#field-rule_type", "BOLLINGER_BANDS")

    visible = [f for f in page.every("fieldset.rule") if f.is_displayed()]
    assert [f.get_attribute("data-rule") for f in visible] == ["BOLLINGER_BANDS"]
    assert "Default 0.1; 0 to 0.5." in visible[0].text


def test_dates_are_limited_to_the_securitys_data(page: Page, api: Api) -> None:
    """The dates offered are those of the chosen security's bars."""
    data = api.ask("/api/datasets/NASDAQ")
    page.open("/")
    page.choose("#field-ticker", "NASDAQ")

    for day in ("start_date", "end_date"):
        field = page.one(f"#field-{day}")
        assert (field.get_attribute("min"), field.get_attribute("max")) == (data["first"], data["last"])


def test_every_problem_is_shown_beside_its_field_and_in_a_summary(page: Page) -> None:
    """Bad input comes back beside each field, tied to it for a screen reader, and as links on top."""
    page.open("/")
    page.choose("#field-rule_type", "MACD")
    page.type("#param-MACD-fast_period", "50")
    page.type("#field-fee_rate", "lots")
    page.click("#execute")
    page.until(lambda: page.one("#problem-summary").is_displayed())

    assert "must be below slow_period" in page.text("#param-MACD-fast_period-problem")
    assert "must be a number" in page.text("#field-fee_rate-problem")
    fee = page.one("#field-fee_rate")
    assert fee.get_attribute("aria-invalid") == "true"
    assert "field-fee_rate-problem" in (fee.get_attribute("aria-describedby") or "")
    assert fee.get_attribute("value") == "lots"
    assert page.driver.switch_to.active_element == page.one("#problem-summary")
    page.click('#problem-summary a[href="#field-fee_rate"]')
    assert page.driver.switch_to.active_element == page.one("#field-fee_rate")


def test_without_scripts_a_bad_form_comes_back_as_it_was_filled(url: str) -> None:
    """The form as a browser without scripts posts it: 400, each problem in place, the text kept."""
    form = {"ticker": "SP500", "rule_type": "RSI", "params.period": "<b>x", "fee_rate": "7"}
    data = urllib.parse.urlencode(form).encode()
    request = urllib.request.Request(f"{url}/run_backtest", data, {"Accept": "text/html"})
    with pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(request)
    text = refused.value.read().decode()

    assert refused.value.code == 400
    assert 'value="&lt;b&gt;x"' in text
    assert "<b>x" not in text
    assert 'id="field-fee_rate" aria-describedby="field-fee_rate-problem field-fee_rate-help"' in text
    assert 'href="#param-RSI-period"' in text


def test_a_preset_can_be_saved_loaded_and_deleted(page: Page, api: Api) -> None:
    """A preset keeps strategy, parameters and terms, brings them back, and goes when deleted."""
    name = f"mine {uuid4()}"
    page.open("/")
    page.choose("#field-rule_type", "ATR_VOLATILITY")
    page.type("#param-ATR_VOLATILITY-period", "21")
    page.type("#field-slippage_bps", "3.5")
    page.type("#preset-name", name)
    page.click("#preset-save")
    page.until(lambda: page.text("#preset-message") == f"Saved “{name}”.")
    page.open("/")
    (option,) = [o for o in page.every("#preset option") if o.text == name]
    option.click()
    page.click("#preset-load")
    page.until(lambda: page.text("#preset-message") == f"Loaded “{name}”.")

    fields = ("#field-rule_type", "#param-ATR_VOLATILITY-period", "#field-slippage_bps", "#field-rule_id")
    values = [page.one(field).get_attribute("value") for field in fields]
    assert values == ["ATR_VOLATILITY", "21", "3.5", name]

    page.click("#preset-delete")
    page.until(lambda: page.text("#preset-message") == f"Deleted “{name}”.")
    assert name not in [preset["name"] for preset in api.ask("/api/strategies")["strategies"]]


def test_a_taken_preset_name_says_so(page: Page, api: Api) -> None:
    """Saving under a name that is there says that it is taken and changes nothing."""
    name = f"taken {uuid4()}"
    api.ask("/api/strategies", {"name": name, "rule_type": "RSI"})
    page.open("/")
    page.type("#preset-name", name + Keys.ENTER)
    page.until(lambda: "is taken" in page.text("#preset-message"))

    names = [preset["name"] for preset in api.ask("/api/strategies")["strategies"]]
    assert names.count(name) == 1


def test_a_run_can_be_used_as_a_template(page: Page, api: Api) -> None:
    """`?from=` fills the form with everything that the run was asked for."""
    run = api.run(
        rule_type="RSI", params={"period": 9}, end_date="2010-06-30", size_type="value", position_size=5000
    )
    page.open(f"/?from={run['run_id']}")

    fields = ("ticker", "rule_type", "start_date", "end_date", "size_type", "position_size")
    values = [page.one(f"#field-{field}").get_attribute("value") for field in fields]
    assert values == ["SP500", "RSI", "1999-01-04", "2010-06-30", "value", "5000"]
    assert page.one("#param-RSI-period").get_attribute("value") == "9"


def test_hostile_text_stays_text(page: Page, api: Api) -> None:
    """Markup in a label or a preset's name is shown as it was typed and never becomes an element."""
    hostile = f"<img src=x onerror=alert(1)> {uuid4()}"
    api.ask("/api/strategies", {"name": hostile, "rule_type": "RSI"})
    run = api.run(rule_id=hostile)
    page.open(f"/?from={run['run_id']}")

    assert page.one("#field-rule_id").get_attribute("value") == hostile
    assert hostile in [option.text for option in page.every("#preset option")]
    assert hostile in page.text(".run-terms")
    assert page.every('img[src="x"]') == []


def test_the_form_can_be_executed_with_the_keyboard_alone(page: Page) -> None:
    """From the top of the page: the skip link first, then on by tabs to Execute, and Enter runs it."""
    page.open("/")
    body = page.one("body")
    body.send_keys(Keys.TAB)
    first = page.driver.switch_to.active_element.text
    for _ in range(60):
        if page.driver.switch_to.active_element.get_attribute("id") == "execute":
            break
        page.driver.switch_to.active_element.send_keys(Keys.TAB)
    outline = page.driver.execute_script("return getComputedStyle(document.activeElement).outlineStyle")
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    page.until(lambda: "/runs/" in page.driver.current_url)

    assert first == "Skip to the content"
    assert outline == "solid"
