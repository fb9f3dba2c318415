"""Take the pictures of docs/screenshots.md: `python -m tests.browser.screenshots [--url URL] [--to DIR]`.

Without `--url` a `stockbt web` of its own is started.
"""

import argparse
import json
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.chromium import chromium, resize
from tests.running_web import running_web

TABS = {
    "stats": "ui_stats_kpi",
    "equity": "ui_equity_curve",
    "drawdown": "ui_drawdown_curve",
    "portfolio": "ui_portfolio_analysis",
    "trades": "ui_trades_table",
    "about": "ui_about",
}
REQUESTS = (
    {"ticker": "NASDAQ", "rule_type": "RSI", "start_date": "2005-01-01", "direction": "longshort"},
    {"ticker": "SP500", "rule_type": "MACD", "params": {"fast_period": 30, "slow_period": 10}},
    {"ticker": "NASDAQ", "rule_type": "TREND_FOLLOWING", "execution": "next_open"},
    {
        "ticker": "SP500",
        "rule_type": "MOVING_AVERAGE_CROSS",
        "params": {"fast_period": 20, "slow_period": 100},
        "execution": "next_open",
        "slippage_bps": 2,
        "rule_id": "golden cross",
    },
)


def submit(url: str, body: dict[str, object]) -> str:
    """Submit a run, wait for its end, and return its id."""
    headers = {"Content-Type": "application/json", "Prefer": "wait=30"}
    request = urllib.request.Request(f"{url}/run_backtest", json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return str(json.load(answer)["run_id"])
    except urllib.error.HTTPError as refused:
        return str(json.load(refused)["run_id"])


def drawn(driver: WebDriver, tab: str) -> bool:
    """Return whether the tab shows what it is there for."""
    ready = driver.execute_script("return document.documentElement.dataset.ready")
    if tab in ("equity", "drawdown", "portfolio", "results"):
        return bool(ready and driver.find_elements(By.CSS_SELECTOR, f'[data-chart="{tab}"][data-drawn]'))
    return bool(ready)


def take(driver: WebDriver, url: str, path: Path, tab: str = "stats", *, scroll: str = "") -> None:
    """Open `url`, wait until `tab` is drawn, and save a picture."""
    driver.get("about:blank")
    driver.get(url)
    if scroll:
        driver.execute_script(
            "document.querySelector(arguments[0]).scrollIntoView({block: 'end', behavior: 'instant'})", scroll
        )
    WebDriverWait(driver, 20).until(lambda d: drawn(d, tab))
    driver.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
    driver.save_screenshot(str(path))


def main() -> None:
    """Take every picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url")
    parser.add_argument("--to", type=Path, default=Path("docs/images"))
    parser.add_argument("--extra", type=Path, help="also the phone, 4K and other pages, into this directory")
    options = parser.parse_args()
    options.to.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        url = options.url or stack.enter_context(running_web()).url
        driver = stack.enter_context(chromium())
        runs = [submit(url, body) for body in REQUESTS]
        prefer(driver, "dark")
        best = f"{url}/runs/{runs[-1]}"
        for tab, name in TABS.items():
            take(driver, f"{best}?tab={tab}", options.to / f"{name}.png", tab)
        take(driver, f"{url}/#equity", options.to / "dashboard_hero.png", "equity")
        prefer(driver, "light")
        take(driver, f"{best}?tab=equity", options.to / "ui_equity_curve_light.png", "equity")
        prefer(driver, "dark")
        why(driver, f"{best}?tab=stats", options.to / "ui_provenance.png")
        take(
            driver,
            f"{best}?tab=portfolio",
            options.to / "ui_cumulative_return.png",
            "results",
            scroll='[data-chart="results"] .chart-note',
        )
        resize(driver, 1440, 1500)
        take(driver, f"{best}?tab=portfolio", options.to / "ui_portfolio_analysis.png", "portfolio")
        for tab, name in TABS.items():
            resize(driver, 390, 844)
            take(driver, f"{best}?tab={tab}", options.to / f"{name}_390.png", tab)
        resize(driver, 1440, 900)
        if options.extra:
            extra(driver, url, runs, options.extra)


def prefer(driver: WebDriver, scheme: str) -> None:
    """Let the browser say that its reader's system is dark or light."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def why(driver: WebDriver, url: str, path: Path) -> None:
    """Take the picture of where a figure comes from."""
    take(driver, url, path)
    driver.find_element(By.CSS_SELECTOR, '[data-metric="sharpe_ratio"] .kpi-name').click()
    driver.save_screenshot(str(path))


def extra(driver: WebDriver, url: str, runs: list[str], to: Path) -> None:
    """Take the pictures that are only looked at."""
    to.mkdir(parents=True, exist_ok=True)
    for label, width, height in (("phone", 390, 844), ("4k", 3840, 2160)):
        resize(driver, width, height)
        for tab in TABS:
            take(driver, f"{url}/runs/{runs[-1]}?tab={tab}", to / f"{label}_{tab}.png", tab)
        take(driver, url, to / f"{label}_dashboard.png")
        take(driver, f"{url}/runs", to / f"{label}_runs.png")
        wide = driver.execute_script("return document.documentElement.scrollWidth - innerWidth")
        print(label, "overflow", wide)
    resize(driver, 1440, 900)
    take(driver, f"{url}/", to / "dashboard_stats.png")
    take(driver, f"{url}/runs", to / "runs.png")
    take(driver, f"{url}/runs/{runs[1]}", to / "failed.png")
    take(driver, f"{url}/runs/nothing", to / "error.png")
    take(driver, f"{url}/runs?ticker=NOPE", to / "none.png")
    for entry in driver.get_log("browser"):
        print(entry["level"], entry["message"])


if __name__ == "__main__":
    main()
