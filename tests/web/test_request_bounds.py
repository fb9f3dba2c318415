"""What a request may cost, and that no malformed one ends in 5xx."""

import pytest
from flask.testing import FlaskClient

from tests.domain.world import World

UNKNOWN = "{" + ",".join(f'"f{number}":1' for number in range(6000)) + "}"
BROWSER = {"Accept": "text/html", "Accept-Language": "ko"}


def test_thousands_of_unknown_fields_give_a_short_answer_and_a_short_row(
    world: World, client: FlaskClient
) -> None:
    """The row's message goes with every list; it was 2.3 MB."""
    answer = client.post("/run_backtest", data=UNKNOWN, content_type="application/json")

    assert answer.status_code == 400
    assert len(answer.json["errors"]) <= 50
    assert "more problems" in answer.json["errors"][-1]["message"]
    assert len((world.runs.get(answer.json["run_id"]).end.error_message or "").encode()) <= 4096
    assert len(client.get("/api/runs").data) < 16_384
    assert len(client.get("/runs").data) < 32_768


def test_what_is_left_out_is_said_in_the_readers_language(client: FlaskClient) -> None:
    """From the row's text, as the other problems are."""
    run_id = client.post("/run_backtest", data=UNKNOWN, content_type="application/json").json["run_id"]
    page = client.get(f"/runs/{run_id}", headers=BROWSER).text
    message = page.partition('id="error-message">')[2].partition("</p>")[0]

    assert "f0 백테스트의 항목이 아닙니다" in message
    assert "more problems" not in message


@pytest.mark.parametrize(
    ("method", "path", "more"),
    [
        ("POST", "/api/strategies", {"data": UNKNOWN, "content_type": "application/json"}),
        ("PUT", "/api/runs/00000000-0000-4000-8000-000000000000/annotations", {"json": {"x": 1}}),
        ("GET", "/api/runs?" + "&".join(f"f{number}=1" for number in range(200)), {}),
        ("GET", f"/api/runs?{'x' * 5000}=1", {}),
        (
            "POST",
            "/api/datasets",
            {"data": {f"f{n}": "1" for n in range(200)}, "content_type": "multipart/form-data"},
        ),
    ],
)
def test_every_call_names_fifty_problems_at_most(
    client: FlaskClient, method: str, path: str, more: dict[str, object]
) -> None:
    """With names that are short, however long the caller's were."""
    answer = client.open(path, method=method, **more)  # type: ignore[arg-type]

    assert answer.status_code == 400
    assert 0 < len(answer.json["errors"]) <= 50
    assert all(len(error["field"]) <= 64 for error in answer.json["errors"])
    assert len(answer.json["detail"]) <= 8192
