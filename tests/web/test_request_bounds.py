"""What a request may cost, and that no malformed one ends in 5xx."""

import json

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


def test_a_long_message_of_before_is_whole_on_its_own_run_alone(world: World, client: FlaskClient) -> None:
    """A version before stored megabytes of it; a list gives its beginning."""
    run, long = world.submit().run, "x" * 2_300_000
    failed = run.failed(at=world.clock.now(), kind="user_error", code="INVALID_PARAMS", message=long)
    world.runs.save(run, failed)
    (listed,) = client.get("/api/runs").json["runs"]

    assert len(listed["error_message"].encode()) <= 4096
    assert client.get(f"/status/{run.run_id}").json["error_message"] == long


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


REPEATED = (
    (
        "POST",
        "/run_backtest",
        '{"ticker":"AAPL","rule_type":"RSI","params":{"period":3,"period":4}}',
        "params.period",
    ),
    ("POST", "/run_backtest", '{"ticker":"AAPL","rule_type":"RSI","params":{},"params":{}}', "params"),
    ("POST", "/api/strategies", '{"name":"a","name":"b","rule_type":"RSI"}', "name"),
    (
        "POST",
        "/api/strategies",
        '{"name":"a","rule_type":"RSI","params":{"period":3,"period":3}}',
        "params.period",
    ),
    ("PUT", "/api/runs/%s/annotations", '{"note":"a","note":"b"}', "note"),
)


@pytest.mark.parametrize(("method", "path", "body", "field"), REPEATED)
def test_a_key_that_comes_twice_is_refused(
    world: World, client: FlaskClient, method: str, path: str, body: str, field: str
) -> None:
    """Wherever JSON is read and within it: which of two values was meant, nobody knows."""
    path = path.replace("%s", world.submit().run.run_id)
    answer = client.open(path, method=method, data=body, content_type="application/json")

    assert answer.status_code == 400
    assert {"field": field, "code": "REPEATED_FIELD", "message": "must be given once"} in answer.json[
        "errors"
    ]


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("status=", "status", "REQUIRED"),
        ("limit=", "limit", "REQUIRED"),
        ("ticker=&cursor=", "ticker", "REQUIRED"),
        ("sort=", "sort", "REQUIRED"),
        ("limit=5&limit=6", "limit", "REPEATED_FIELD"),
        ("=5", "''", "UNKNOWN_FIELD"),
    ],
)
def test_a_parameter_that_is_empty_or_comes_twice_is_refused(
    client: FlaskClient, query: str, field: str, code: str
) -> None:
    """`status=` once gave the list of all runs."""
    answer = client.get(f"/api/runs?{query}")

    assert answer.status_code == 400
    assert (answer.json["errors"][0]["field"], answer.json["errors"][0]["code"]) == (field, code)


def test_every_call_refuses_an_empty_parameter(world: World, client: FlaskClient) -> None:
    """Whichever has parameters at all."""
    run_id = world.submit().run.run_id
    world.execute(run_id)
    asked = (
        *(f"/api/runs/{run_id}/{name}" for name in ("series?columns=", "series.bin?from=", "marks?to=")),
        *(f"/api/runs/{run_id}/{name}" for name in ("trades?offset=", "orders?limit=", "analysis?x=")),
        *(f"/status/{run_id}?series=", "/api/compare?runs=", "/api/rules?x=", "/api/datasets?x="),
    )

    assert {address: client.get(address).status_code for address in asked} == dict.fromkeys(asked, 400)


@pytest.mark.parametrize("head", ['form-data; name="x"', "form-data", 'form-data; filename="a.csv"'])
def test_a_part_of_an_upload_without_a_name_is_named_all_the_same(client: FlaskClient, head: str) -> None:
    """`field` is always a text."""
    body = f"--b\r\nContent-Disposition: {head}\r\n\r\nvalue\r\n--b--\r\n"
    answer = client.post("/api/datasets", data=body, content_type="multipart/form-data; boundary=b")

    assert answer.status_code == 400
    assert all(isinstance(error["field"], str) and error["field"] for error in answer.json["errors"])
    assert "None" not in {error["field"] for error in answer.json["errors"]}


def test_an_upload_has_each_field_once(client: FlaskClient) -> None:
    """As a request does."""
    part = '--b\r\nContent-Disposition: form-data; name="ticker"\r\n\r\nAAPL\r\n'
    answer = client.post(
        "/api/datasets", data=f"{part}{part}--b--\r\n", content_type="multipart/form-data; boundary=b"
    )

    assert ("ticker", "REPEATED_FIELD") in {(e["field"], e["code"]) for e in answer.json["errors"]}


PLACES = (
    ("POST", "/run_backtest", '{"ticker":"AAPL","rule_type":"RSI","fee_rate":%s}'),
    ("POST", "/run_backtest", '{"ticker":"AAPL","rule_type":"RSI","params":{"oversold":%s}}'),
    ("POST", "/run_backtest", '{"ticker":%s,"rule_type":"RSI"}'),
    ("POST", "/run_backtest", '{"ticker":"AAPL","rule_type":"RSI","rule_id":%s}'),
    ("POST", "/run_backtest", "%s"),
    ("POST", "/api/strategies", '{"name":"a","rule_type":"RSI","initial_capital":%s}'),
    ("POST", "/api/strategies", '{"name":"a","rule_type":"RSI","params":{"oversold":%s}}'),
    ("POST", "/api/strategies", '{"name":"a","rule_type":"RSI","rule_type":%s}'),
    ("PUT", "/api/runs/%%s/annotations", '{"tags":[%s]}'),
    ("PUT", "/api/runs/%%s/annotations", '{"note":%s}'),
)


@pytest.mark.parametrize(("method", "path", "body"), PLACES)
@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_json_has_no_number_for_is_neither_taken_nor_sent(
    world: World, client: FlaskClient, method: str, path: str, body: str, token: str
) -> None:
    """Wherever it stands, and in no list afterwards."""

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    path = path.replace("%%s", world.submit().run.run_id)
    answer = client.open(path, method=method, data=body.replace("%s", token), content_type="application/json")

    assert answer.status_code == 400
    for text in (answer.text, client.get("/api/runs").text, client.get("/api/strategies").text):
        json.loads(text, parse_constant=refuse)
