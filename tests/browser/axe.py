"""What axe-core finds on a page; its script comes with a package that is kept up to date."""

from functools import cache
from importlib.resources import files

from selenium.webdriver.chrome.webdriver import WebDriver

_RUN = """
const done = arguments[0];
axe.run(document, {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
  .then(({violations}) => done(violations.flatMap(({id, nodes}) => nodes.map((node) => `${id}: ${node.html.slice(0, 200)} ${node.failureSummary}`))));
"""  # noqa: E501  a script reads better unbroken


@cache
def _script() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def findings(driver: WebDriver) -> list[str]:
    """Return every violation of WCAG 2.2 A and AA and of axe's best practice on the page as it is now."""
    driver.execute_script(_script())
    found: list[str] = driver.execute_async_script(_RUN)
    return found
