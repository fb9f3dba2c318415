"""What a reader waits for: a run's first chart, and its frames while the reader moves and zooms it.

Needs Chromium; run `python -m benchmarks.page`.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.chromium import chromium
from tests.browser.screenshots import submit
from tests.running_web import running_web

from .million_bars import price_file

SIZES = (10_000, 1_000_000)
IMPORT = (sys.executable, "-m", "stockbt_cli", "data", "import")
WATCH = """
new MutationObserver((changes, watch) => {
  if (!document.querySelector("figure[data-drawn]")) return;
  watch.disconnect();
  requestAnimationFrame(() => requestAnimationFrame(() => { window.painted = performance.now(); }));
}).observe(document, {subtree: true, childList: true, attributes: true, attributeFilter: ["data-drawn"]});
"""
ARRIVED = "return performance.getEntriesByType('navigation')[0].responseEnd"
WEIGHT = """
const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
return all.reduce((sum, one) => sum + one.transferSize, 0) / 1024;
"""
MOVE = """
const done = arguments[0], place = document.querySelector("[data-area]");
const moves = [...Array(8).fill("ArrowUp"), ...Array(20).fill("earlier"), ...Array(6).fill("ArrowDown")];
const gaps = [];
let last = null, frame = 0;
function act(move) {
  const key = move === "earlier" ? {key: "ArrowLeft", shiftKey: true} : {key: move};
  place.dispatchEvent(new KeyboardEvent("keydown", {...key, bubbles: true}));
}
requestAnimationFrame(function next(now) {
  if (last !== null) gaps.push(now - last);
  last = now;
  if (frame % 10 === 0) act(moves.shift());
  frame += 1;
  if (moves.length || frame % 10) requestAnimationFrame(next); else done(gaps);
});
"""
"""A key at every tenth frame: that is rest enough for the server to be asked in between."""


def look(driver: WebDriver, address: str) -> tuple[float, float, float, list[float]]:
    """Return the milliseconds until the page arrived and from there to its first chart, kB transferred, and
    every frame's milliseconds while the chart is moved and zoomed; the cache is empty."""
    driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    driver.get(address)
    painted = WebDriverWait(driver, 120, 0.05).until(lambda d: d.execute_script("return window.painted"))
    arrived = driver.execute_script(ARRIVED)
    weight = driver.execute_script(WEIGHT)
    return arrived, painted - arrived, weight, driver.execute_async_script(MOVE)


def runs_of(url: str, home: str) -> dict[int, str]:
    """Import prices of every size, run a rule on each, and return the runs' pages by size."""
    pages = {}
    for bars in SIZES:
        path = price_file(Path(home), bars, daily=False)
        subprocess.run(
            [*IMPORT, path, "--ticker", f"BARS{bars}", "--timeframe", "5m"],
            env={**os.environ, "STOCKBT_HOME": home},
            check=True,
            stdout=subprocess.DEVNULL,
        )
        body = {"ticker": f"BARS{bars}", "timeframe": "5m", "rule_type": "MOVING_AVERAGE_CROSS"}
        pages[bars] = f"{url}/runs/{submit(url, body)}?tab=equity"
    return pages


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as home, running_web(Path(home)) as site, chromium() as driver:
        pages = runs_of(site.url, home)
        driver.set_script_timeout(120)
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
        seen = [(bars, look(driver, pages[bars])) for _ in range(rounds) for bars in SIZES]
    columns = ("bars", "page ms", "first chart ms", "worst", "kB", "frame p99 ms", "worst")
    print("".join(f"{name:>16}" for name in columns))
    for bars in SIZES:
        pages_ms, drawn, weights, moved = zip(*(result for size, result in seen if size == bars), strict=True)
        gaps = sorted(gap for frames in moved for gap in frames)
        figures = (statistics.median(pages_ms), statistics.median(drawn), max(drawn))
        row = (*figures, statistics.median(weights), gaps[int(len(gaps) * 0.99)], gaps[-1])
        print(f"{bars:16,}" + "".join(f"{figure:16.0f}" for figure in row))


if __name__ == "__main__":
    main()
