"""Rules, datasets, presets, operations and security over HTTP."""

import io
import subprocess
import sys

import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import validate
from stockbt_domain.rules import RULES

from tests.domain.world import World

CSV = b"Date,Open,High,Low,Close,Volume\n2024-01-02,10,11,9,10,100\n2024-01-03,10,12,10,11,100\n"


def upload(client: FlaskClient, content: bytes = CSV, **fields: str) -> tuple[int, dict]:  # type: ignore[type-arg]
    """Import a file."""
    form = {"ticker": "NEW", "file": (io.BytesIO(content), "new.csv"), **fields}
    answer = client.post("/api/datasets", data=form, content_type="multipart/form-data")
    return answer.status_code, answer.json  # type: ignore[return-value]


def test_rules_list_their_parameters_with_limits_and_relations(client: FlaskClient) -> None:
    """Everything that a form needs."""
    rules = {rule["name"]: rule for rule in client.get("/api/rules").json["rules"]}

    cross = rules["MOVING_AVERAGE_CROSS"]
    assert set(rules) == {rule.name for rule in RULES}
    assert cross["aliases"] == ["MA_CROSS"]
    assert cross["parameters"][0]["relation"] == "fast_period < slow_period"
    assert cross["parameters"][0].keys() >= {"name", "type", "default", "minimum", "maximum"}


def test_an_import_is_listed_with_its_hash_and_span(client: FlaskClient) -> None:
    """201, and the same bytes again change nothing."""
    status, made = upload(client)
    again, same = upload(client)

    shown = client.get("/api/datasets/NEW").json
    assert (status, again) == (201, 201)
    assert (made["known"], same["known"]) == (False, True)
    assert (shown["first"], shown["last"], shown["bars"]) == ("2024-01-02", "2024-01-03", 2)
    assert len(shown["versions"]) == 1
    assert shown["data_hash"] == made["data_hash"]


def test_a_wrong_line_is_named_and_nothing_is_stored(client: FlaskClient) -> None:
    """400 with the line number."""
    status, problem = upload(client, CSV + b"2024-01-03,1,1,1,-1,0\n")

    assert status == 400
    assert "line 4" in problem["errors"][0]["message"]
    assert client.get("/api/datasets/NEW").status_code == 404


def test_an_import_without_its_fields_names_all_of_them(client: FlaskClient) -> None:
    """Unknown ones included."""
    form = {"adjust": "perhaps", "colour": "red"}
    answer = client.post("/api/datasets", data=form, content_type="multipart/form-data")

    assert {e["field"] for e in answer.json["errors"]} == {"file", "ticker", "adjust", "colour"}


def test_a_file_over_the_limit_is_refused(client: FlaskClient) -> None:
    """413, before it is read."""
    assert upload(client, b"x" * (2 << 20))[0] == 413


def test_presets_are_saved_listed_and_deleted(client: FlaskClient) -> None:
    """A name is unique; a second delete finds nothing."""
    body = {"name": "My cross", "rule_type": "MA_CROSS", "params": {"fast_period": 10}, "fee_rate": 0}
    made = client.post("/api/strategies", json=body)
    taken = client.post("/api/strategies", json=body)
    listed = client.get("/api/strategies").json["strategies"]
    gone = [client.delete(f"/api/strategies/{made.json['id']}").status_code for _ in range(2)]

    assert (made.status_code, taken.status_code) == (201, 409)
    assert listed == [made.json]
    assert {**listed[0], **body} == listed[0]
    assert gone == [204, 404]


def test_a_bad_preset_names_every_problem(client: FlaskClient) -> None:
    """As a request does."""
    body = {"rule_type": "RSI", "params": {"period": 0}, "execution": "never", "ticker": "AAPL"}
    answer = client.post("/api/strategies", json=body)

    assert {e["field"] for e in answer.json["errors"]} == {"name", "params.period", "execution", "ticker"}


def test_the_description_is_valid_openapi_and_knows_every_route(client: FlaskClient) -> None:
    """Generated from the fields that validate; no route is forgotten."""
    document = client.get("/openapi.json").json
    validate(document)

    described = set(document["paths"])
    pages = ("/static", "/runs", "/openapi", "/data", "/compare")
    routes = {
        str(rule).replace("<", "{").replace(">", "}")
        for rule in client.application.url_map.iter_rules()
        if not str(rule).startswith(pages) and str(rule) != "/"
    }
    assert routes == described
    assert document["components"]["schemas"]["BacktestRequest"]["properties"]["fee_rate"]["maximum"] == 0.5


def test_another_sites_page_may_change_nothing(world: World, client: FlaskClient) -> None:
    """A browser says where a post comes from."""
    body = {"ticker": "AAPL", "rule_type": "RSI"}
    answers = [
        client.post("/run_backtest", json=body, headers={"Sec-Fetch-Site": "cross-site"}),
        client.post("/run_backtest", json=body, headers={"Origin": "https://evil.example"}),
        client.post("/run_backtest", data=body, headers={"Origin": "null"}),
    ]

    assert [a.status_code for a in answers] == [403, 403, 403]
    assert world.launcher.launched == []


@pytest.mark.parametrize("path", ["/", "/runs", "/health", "/nowhere"])
def test_no_page_allows_inline_scripts(client: FlaskClient, path: str) -> None:
    """The Content-Security-Policy is on every answer, errors included."""
    policy = client.get(path, headers={"Accept": "text/html"}).headers["Content-Security-Policy"]

    assert "script-src 'self'" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]


def test_health_asks_nothing_and_imports_nothing_heavy() -> None:
    """A probe is cheap: no pandas, no matplotlib, no numpy in the process that answers it."""
    code = """
import sys
from stockbt_web.app import make_app
from stockbt_web.services import Services
import stockbt_web.bootstrap
app = make_app(Services(*[None] * 3))
assert app.test_client().get("/health").json == {"status": "ok"}
print(sorted({"pandas", "matplotlib", "numpy", "alembic"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
