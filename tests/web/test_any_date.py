"""Dates at the ends of the calendar: refused where they come in, and shown where they are stored already."""

import io
import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient

from .memory_app import memory_app
from .real_world import RealWorld
from .test_any_size import Exploded, addresses, no_constant

BARS = 40


def prices(first: date, *, bars: int = BARS) -> bytes:
    """Return a CSV file of daily bars that go up and down from `first` on."""
    lines = ["Date,Open,High,Low,Close,Volume"]
    for number in range(bars):
        close = 10 + (7 * number % 11) / 11
        lines.append(f"{first + timedelta(days=number)},{close},{close},{close},{close},1000")
    return "\n".join(lines).encode() + b"\n"


class Stored(Exploded):
    """A product that has such data from before it was refused, and a run on it."""

    def __init__(self, first: date) -> None:
        RealWorld.__init__(self)
        self.ordinary = self.finished()
        known = self.add_dataset("BOOM", prices(first))
        last = first + timedelta(days=BARS - 1)
        self.datasets._versions[-1] = replace(known, first=first, last=last, bars=BARS)
        request = {"ticker": "BOOM", "rule_type": "RSI", "params": {"period": 2}}
        self.run_id = self.submit(json.dumps(request)).run.run_id
        assert self.execute(self.run_id).status == "SUCCEEDED"


@pytest.mark.parametrize("first", [date(1, 1, 1), date(9999, 11, 22)])
def test_everything_stands_whatever_date_is_stored(first: date) -> None:
    """Pages, pictures, exports: of a year's data that was imported before, to the calendar's last day."""
    world = Stored(first)
    client = (app := memory_app(world)).test_client()

    for address in addresses(app, world):
        answer = client.get(address, headers={"Accept": "text/html,*/*;q=0.5"})
        assert answer.status_code == 200, address
        if answer.mimetype == "application/json":
            json.loads(answer.text, parse_constant=no_constant)
        elif answer.mimetype == "text/html":
            assert "data-failed" not in answer.text, address


def imported(client: FlaskClient, content: bytes) -> tuple[int, list[dict[str, str]]]:
    """Import a file and return the status and what is wrong with it."""
    form = {"ticker": "NEW", "file": (io.BytesIO(content), "new.csv")}
    answer = client.post("/api/datasets", data=form, content_type="multipart/form-data")
    return answer.status_code, answer.json.get("errors", [])


@pytest.mark.parametrize(
    ("first", "lines"),
    [
        (date(1, 1, 1), range(2, 42)),
        (date(1799, 12, 30), range(2, 4)),
        (date(2200, 12, 1), range(33, 42)),
        (date(9999, 11, 22), range(2, 42)),
    ],
)
def test_years_outside_1800_to_2200_are_refused_with_their_lines(
    client: FlaskClient, first: date, lines: range
) -> None:
    """No security has such prices; nothing is stored."""
    status, errors = imported(client, prices(first))

    assert status == 400
    assert {error["code"] for error in errors} == {"BAD_DATE"}
    assert [int(error["message"].split()[1].rstrip(":")) for error in errors] == list(lines)
    assert "is outside the years 1800 to 2200" in errors[0]["message"]
    assert client.get("/api/datasets/NEW").status_code == 404


def test_the_first_hundred_lines_are_named(client: FlaskClient) -> None:
    """And how many more there are."""
    status, errors = imported(client, prices(date(1, 1, 1), bars=250))

    assert (status, len(errors)) == (400, 101)
    assert errors[-1]["message"] == "and 150 more problems after these 100"


@pytest.mark.parametrize("first", [date(1800, 1, 1), date(2200, 11, 22)])
def test_all_of_1800_to_2200_is_taken(client: FlaskClient, first: date) -> None:
    """The first and the last day are in it."""
    assert imported(client, prices(first))[0] == 201
