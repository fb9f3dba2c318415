"""A run whose money has 300 digits, as a person sees it."""

from pathlib import Path
from typing import Any

import pytest
from stockbt_cli.remote import RemoteBackend

from tests.browser.conftest import Api, Page
from tests.browser.test_run_page import drawn
from tests.web.test_any_size import exploding


@pytest.fixture(scope="module")
def exploded(api: Api, finished: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the id of such a run, the newest there is."""
    file = Path(tmp_path_factory.mktemp("prices")) / "boom.csv"
    file.write_bytes(exploding(5400, 1.0))
    RemoteBackend(api.url).import_file(file, ticker="BOOM", timeframe="1d", adjust=False)
    run = api.run(ticker="BOOM", rule_type="RSI", params={"period": 2})
    assert run["status"] == "SUCCEEDED", run
    return str(run["run_id"])


@pytest.mark.parametrize("tab", ["equity", "drawdown", "portfolio"])
def test_its_charts_are_drawn_and_read(page: Page, exploded: str, tab: str) -> None:
    """Every chart of a tab stands, its last bar is read in scientific notation, and no script complains."""
    page.open(f"/runs/{exploded}?tab={tab}")
    drawn(page, tab)

    assert "e+" in page.text(f"#panel-{tab} [data-readout]")
    assert page.complaints() == []


def test_the_dashboard_and_the_comparison_stand(page: Page, exploded: str, finished: dict[str, Any]) -> None:
    """Beside an ordinary run; the newest run is on everybody's dashboard."""
    page.open("/")
    assert "e+" in page.text("#run-view .kpis")
    page.open(f"/compare?runs={exploded},{finished['run_id']}")
    page.until(lambda: page.every("#comparison canvas"))

    assert "e+" in page.text("#figures")
    assert page.complaints() == []
