"""The running product, its HTTP API, and a browser in front of it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver

from tests.browser.chromium import browser_missing, chromium, resize
from tests.browser.page import Api, Page
from tests.running_web import running_web

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this directory as one that needs a browser."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    """Return the address of a product of its own for this session."""
    missing = browser_missing()
    if missing:
        if os.environ.get("CI"):
            pytest.fail(f"CI must have a browser: {missing}")
        pytest.skip(f"no browser: {missing}")
    with running_web() as site:
        yield site.url


@pytest.fixture(scope="session")
def api(url: str) -> Api:
    """Return its HTTP API."""
    return Api(url)


@pytest.fixture(scope="session")
def session_driver(url: str) -> Iterator[WebDriver]:
    """Return one Chromium for the session."""
    with chromium() as driver:
        yield driver


@pytest.fixture
def page(session_driver: WebDriver, url: str) -> Page:
    """Return a wide browser window with an empty console."""
    resize(session_driver, 1440, 900)
    session_driver.get_log("browser")
    return Page(session_driver, url)


@pytest.fixture(scope="session")
def finished(api: Api) -> dict[str, Any]:
    """Return a succeeded run with trades."""
    run = api.run(params={"fast_period": 20, "slow_period": 100}, execution="next_open")
    assert run["status"] == "SUCCEEDED", run
    return run
