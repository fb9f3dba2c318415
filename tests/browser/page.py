"""The product as its users have it: its pages in a browser, and its HTTP API."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

SECONDS = 20.0


@dataclass
class Api:
    """The product's HTTP API, as a program sees it."""

    url: str

    def ask(self, path: str, body: object = None, *, wait: int = 30) -> Any:
        """Return the answer's JSON, that of an error too."""
        headers = {"Accept": "application/json", "Content-Type": "application/json", "Prefer": f"wait={wait}"}
        data = None if body is None else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url + path, data, headers)) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            return json.load(refused)

    def run(self, **fields: object) -> dict[str, Any]:
        """Submit a run and return it as it ended."""
        request = {"ticker": "SP500", "rule_type": "MOVING_AVERAGE_CROSS", **fields}
        run: dict[str, Any] = self.ask("/run_backtest", request)
        return run


@dataclass
class Page:
    """A browser at the product, with the words of the tests."""

    driver: WebDriver
    url: str

    def open(self, path: str) -> None:
        """Load a page from scratch and wait for its scripts."""
        self.driver.get("about:blank")
        self.driver.get(self.url + path)
        self.scripts_ready()

    def scripts_ready(self) -> None:
        """Wait until the page's own scripts have run."""
        self.until(lambda: self.driver.execute_script("return document.documentElement.dataset.ready"))

    def until(self, condition: Callable[[], Any]) -> Any:
        """Wait until `condition` is true, across reloads, and return what it gave."""
        reloading = [NoSuchElementException, StaleElementReferenceException]
        wait = WebDriverWait(self.driver, SECONDS, poll_frequency=0.05, ignored_exceptions=reloading)
        return wait.until(lambda _: condition())

    def one(self, css: str) -> WebElement:
        """Return the one element."""
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def every(self, css: str) -> list[WebElement]:
        """Return all elements."""
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def text(self, css: str) -> str:
        """Return the visible text of an element, empty when it is not there."""
        found = self.every(css)
        return found[0].text if found else ""

    def choose(self, css: str, value: str) -> None:
        """Choose an option by its value."""
        Select(self.one(css)).select_by_value(value)

    def type(self, css: str, text: str) -> None:
        """Replace the text of a field."""
        field = self.one(css)
        field.clear()
        field.send_keys(text)

    def click(self, css: str) -> None:
        """Click an element, scrolled to where a user would see it."""
        element = self.one(css)
        to_the_middle = "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})"
        self.driver.execute_script(to_the_middle, element)
        element.click()

    def complaints(self) -> list[str]:
        """Return what the browser's console holds: script errors, refused sources, missing files."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]
