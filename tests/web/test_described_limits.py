"""The OpenAPI document tells the limits that the calls keep."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from stockbt_web.api.openapi import document

from .real_world import RealWorld

ANNOTATION = document()["components"]["schemas"]["Annotation"]["properties"]


@pytest.fixture
def world() -> RealWorld:
    """Return a product that trades."""
    return RealWorld()


def parameters() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield path, name and schema of every parameter of a query."""
    for path, methods in document()["paths"].items():
        for call in methods.values():
            for parameter in call.get("parameters", ()):
                if parameter["in"] == "query":
                    yield path, parameter["name"], parameter["schema"]


def test_every_number_that_a_call_takes_has_the_limits_that_it_keeps(
    world: RealWorld, client: FlaskClient
) -> None:
    """The limits themselves are taken, one beyond is refused; none is without."""
    run_id = world.finished()
    numbers = [(path, name, schema) for path, name, schema in parameters() if schema.get("type") == "integer"]

    assert len(numbers) > 10
    for path, name, schema in numbers:
        address = f"{path.replace('{run_id}', run_id)}?{name}="
        for limit, beyond in ((schema["minimum"], -1), (schema["maximum"], 1)):
            assert client.get(f"{address}{limit}").status_code == 200, (path, name)
            assert client.get(f"{address}{limit + beyond}").status_code == 400, (path, name)


def test_every_text_that_a_call_takes_is_told_not_to_be_empty() -> None:
    """Or is one of a list."""
    texts = [(path, name, s) for path, name, s in parameters() if s.get("type") != "integer"]

    assert [(path, name) for path, name, s in texts if "enum" not in s and s.get("minLength") != 1] == []


def test_a_cursor_is_as_short_as_is_told(world: RealWorld, client: FlaskClient) -> None:
    """And a longer one is none."""
    for _ in range(2):
        world.finished()
    schema = next(s for path, name, s in parameters() if name == "cursor")
    cursor = client.get("/api/runs?limit=1").json["next"]

    assert len(cursor) <= schema["maxLength"]
    assert client.get(f"/api/runs?cursor={'1' * (schema['maxLength'] + 1)}").status_code == 400


@pytest.mark.parametrize(
    "letter", ["\x00", "\x07", "\x0b", "\x1f", "\x7f", "\x85", "\n", "\t", "é", "한", ","]
)
def test_a_note_and_a_tag_have_the_letters_that_are_told(
    world: RealWorld, client: FlaskClient, letter: str
) -> None:
    """What the pattern allows is taken, what it does not is refused."""
    run_id = world.finished()
    for value, schema in (
        ({"note": f"a{letter}b"}, ANNOTATION["note"]),
        ({"tags": [f"a{letter}b"]}, ANNOTATION["tags"]["items"]),
    ):
        fits = re.search(schema["pattern"], f"a{letter}b") is not None
        answer = client.put(f"/api/runs/{run_id}/annotations", json=value)

        assert (answer.status_code == 200) == fits, value


@pytest.mark.parametrize(("key", "status"), [("k" * 255, 202), ("k" * 256, 400), ("k\x7f", 400)])
def test_an_idempotency_key_is_as_is_told(client: FlaskClient, key: str, status: int) -> None:
    """Printable ASCII, 255 at most."""
    told = next(
        p["schema"]
        for p in document()["paths"]["/run_backtest"]["post"]["parameters"]
        if p["name"] == "Idempotency-Key"
    )
    answer = client.post(
        "/run_backtest", json={"ticker": "AAPL", "rule_type": "RSI"}, headers={"Idempotency-Key": key}
    )

    assert answer.status_code == status
    fits = len(key) <= told["maxLength"] and re.search(told["pattern"], key) is not None
    assert fits == (status == 202)
