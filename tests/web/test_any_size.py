"""Figures of any size: no page, chart or export breaks by them, and none of their digits is made up."""

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from stockbt_domain.errors import ResultCorrupted, StorageUnavailable
from stockbt_web.text.languages import LANGUAGES, number

from .memory_app import memory_app
from .real_world import RealWorld

FIRST = date(2020, 1, 1)
HUGE = {
    "300 bars: money above 1e15": (300, 1.0),
    "5400 bars: money near the end of what a double holds": (5400, 1.0),
    "prices of 1e-28: sizes above 1e28": (300, 1e-28),
    "prices of 1e300: none can be bought": (300, 1e300),
}
TABS = ("stats", "equity", "drawdown", "portfolio", "trades", "about")
MADE_UP = re.compile(r"\d[\d,]{21,}")
NO_NUMBER = re.compile(r">[^<>]*\b(?:inf|nan|Infinity|NaN)\b[^<>]*<")


def exploding(bars: int, scale: float) -> bytes:
    """Return `explode` of the cases: closes that a short RSI buys low and sells high again and again."""
    lines = ["Date,Open,High,Low,Close,Volume"]
    for i in range(bars):
        close = (1 + (7 * i % 11) / 11) * scale
        lines.append(f"{FIRST + timedelta(days=i)},{scale!r},{2 * scale!r},{scale!r},{close!r},1000")
    return "\n".join(lines).encode() + b"\n"


class Exploded(RealWorld):
    """A product whose newest run made figures that large."""

    def __init__(self, bars: int, scale: float) -> None:
        super().__init__()
        self.ordinary = self.finished()
        known = self.add_dataset("BOOM", exploding(bars, scale))
        last = FIRST + timedelta(days=bars - 1)
        self.datasets._versions[-1] = replace(known, first=FIRST, last=last, bars=bars)
        request = {"ticker": "BOOM", "rule_type": "RSI", "params": {"period": 2}}
        self.run_id = self.submit(json.dumps(request)).run.run_id
        assert self.execute(self.run_id).status == "SUCCEEDED"


def addresses(app: Flask, world: Exploded) -> Iterator[str]:
    """Yield every address that can be read, with every tab and part of a run's page in every language."""
    known = {"run_id": [world.run_id], "ticker": ["BOOM"], "kind": ["png", "svg"], "filename": ["icon.svg"]}
    known["name"] = ["equity", "drawdown", "portfolio", "trade_pnl", "cumulative_return"]
    queries = {"/compare": "runs", "/api/compare": "runs", "/runs/export.csv": "runs"}
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()):
            continue
        for name in known["name"]:
            for kind in known["kind"]:
                values = {n: {"name": name, "kind": kind}.get(n, known[n][0]) for n in rule.arguments}
                found = rule.build(values)[1]
                runs = "," if rule.rule != "/runs/export.csv" else "&runs="
                pair = runs.join((world.run_id, world.ordinary))
                yield f"{found}?{queries[rule.rule]}={pair}" if rule.rule in queries else found
                if "name" not in rule.arguments:
                    break
            if "name" not in rule.arguments:
                break
    for tab in TABS:
        for part in ("all", "panel", "view"):
            yield from (f"/runs/{world.run_id}?tab={tab}&part={part}&lang={code}" for code in LANGUAGES)


def no_constant(token: str) -> None:
    """Refuse what JSON has no word for."""
    raise AssertionError(f"{token} is no JSON")


@pytest.mark.parametrize("case", HUGE)
def test_everything_stands_whatever_the_size_of_a_figure(case: str) -> None:
    """Every address answers, every tab is drawn, JSON is JSON, no text has digits that no double knows."""
    world = Exploded(*HUGE[case])
    client = (app := memory_app(world)).test_client()
    asked = list(addresses(app, world))

    assert len(asked) > 70
    for address in asked:
        answer = client.get(address, headers={"Accept": "text/html,*/*;q=0.5"})
        assert answer.status_code == 200, address
        if answer.mimetype == "application/json":
            json.loads(answer.text, parse_constant=no_constant)
        elif answer.mimetype == "text/html":
            assert "data-failed" not in answer.text, address
            assert not MADE_UP.search(re.sub(r'value="[^"]*"', "", answer.text)), address
            assert not NO_NUMBER.search(answer.text), address


@pytest.mark.parametrize(
    ("value", "english"),
    [
        (1e15, "1e+15"),
        (-1.2345e28, "-1.23e+28"),
        (999_999_999_999_999.0, "999,999,999,999,999.00"),
        (float("inf"), "n/a"),
        (float("nan"), "n/a"),
        (10**30, "1e+30"),
    ],
)
def test_a_number_on_a_page_is_scientific_from_1e15_on(app: Flask, value: float, english: str) -> None:
    """Where a page writes numbers in columns of its own."""
    with app.test_request_context("/"):
        assert number(value, 2) == english


@pytest.fixture
def exploded() -> Exploded:
    """Return the smallest case."""
    return Exploded(300, 1.0)


def broken(world: Exploded, monkeypatch: pytest.MonkeyPatch, error: Exception) -> FlaskClient:
    """Return a client of a product that cannot read the curves of results."""

    def fails(run_id: str, name: str) -> None:
        raise error

    monkeypatch.setattr(world.runs, "table", fails)
    monkeypatch.setattr(world.runs, "sparklines", lambda run_ids: {})
    return memory_app(world).test_client()


@pytest.mark.parametrize(("code", "words"), [("en", "cannot be shown"), ("ko", "보여 줄 수 없습니다")])
def test_a_panel_that_cannot_be_drawn_says_so_in_its_place(
    exploded: Exploded,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    code: str,
    words: str,
) -> None:
    """The rest of the page stands, which is everybody's where it is the dashboard; the log has the cause."""
    client = broken(exploded, monkeypatch, ResultCorrupted("damaged"))
    pages = [
        client.get(f"{address}lang={code}")
        for address in (
            "/?",
            *(f"/runs/{exploded.run_id}?tab={tab}&" for tab in TABS[:-1]),
            f"/runs/{exploded.run_id}?tab=trades&part=panel&",
            f"/compare?runs={exploded.run_id},{exploded.ordinary}&",
        )
    ]

    assert [page.status_code for page in pages] == [200] * 8
    for page in pages:
        assert re.search(f"data-failed[^>]*>[^<]*{words}", page.text)
    assert 'id="backtest"' in pages[0].text
    assert client.get(f"/runs/{exploded.run_id}?tab=about").status_code == 200
    failures = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(failures) == 8
    assert all(record.exc_info for record in failures)


def test_a_database_that_is_away_is_no_fault_of_a_panel(
    exploded: Exploded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page says that it can be asked for again, as every page does then."""
    client = broken(exploded, monkeypatch, StorageUnavailable("away"))

    assert client.get("/").status_code == 503
