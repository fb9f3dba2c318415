"""Tags, notes, search, order and sparklines over HTTP."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from stockbt_domain.annotations import LONGEST_NOTE, LONGEST_TAG, MOST_TAGS

from .real_world import RealWorld

HOSTILE = "<script>alert('x')</script> =1+1"


@pytest.fixture
def world() -> RealWorld:
    """Return a product that trades."""
    return RealWorld()


def put(client: FlaskClient, run_id: str, body: Any) -> Any:
    """Replace a run's annotation."""
    return client.put(f"/api/runs/{run_id}/annotations", json=body)


def found(client: FlaskClient, query: str) -> list[str]:
    """Return the ids that a query lists."""
    return [run["run_id"] for run in client.get(f"/api/runs?{query}").json["runs"]]


def test_tags_and_note_are_shown_with_the_run(world: RealWorld, client: FlaskClient) -> None:
    """In its status and in lists, as they were written; tags once each and in order."""
    run_id = world.finished()
    answer = put(client, run_id, {"tags": [" b ", "a", "b"], "note": HOSTILE})

    written = {"tags": ["a", "b"], "note": HOSTILE}
    status = client.get(f"/status/{run_id}").json
    listed = client.get("/api/runs").json["runs"][0]
    assert (answer.status_code, answer.json) == (200, written)
    assert {name: status[name] for name in written} == written
    assert {name: listed[name] for name in written} == written


def test_a_note_changes_the_etag_but_no_hash(world: RealWorld, client: FlaskClient) -> None:
    """A browser's copy of the status is asked for again; the result stays what it was."""
    run_id = world.finished()
    before = client.get(f"/status/{run_id}")
    put(client, run_id, {"note": "seen"})
    after = client.get(f"/status/{run_id}", headers={"If-None-Match": before.headers["ETag"]})

    assert (after.status_code, after.json["note"]) == (200, "seen")
    for name in ("result_hash", "run_key", "metrics", "events"):
        assert after.json[name] == before.json[name]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ([], ["body"]),
        ({"colour": 1, "tags": "a", "note": 1}, ["colour", "tags", "note"]),
        ({"tags": ["a", 1]}, ["tags"]),
        (
            {"tags": ["a", "", "b,c", "x" * (LONGEST_TAG + 1), "a\nb"]},
            ["tags[1]", "tags[2]", "tags[3]", "tags[4]"],
        ),
        ({"tags": [str(number) for number in range(MOST_TAGS + 1)]}, ["tags"]),
        ({"note": "x" * (LONGEST_NOTE + 1)}, ["note"]),
        ({"note": "a\x00b"}, ["note"]),
        ({"note": "\ud800"}, ["note"]),
    ],
)
def test_what_cannot_be_written_is_named(
    world: RealWorld, client: FlaskClient, body: Any, fields: list[str]
) -> None:
    """400 with every field, and nothing is changed."""
    run_id = world.finished()
    put(client, run_id, {"tags": ["kept"]})
    answer = put(client, run_id, body)

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json["errors"]] == fields
    assert client.get(f"/status/{run_id}").json["tags"] == ["kept"]


def test_other_bodies_are_refused(world: RealWorld, client: FlaskClient) -> None:
    """413 for a large one, 415 for another type, 404 for an unknown run."""
    url = f"/api/runs/{world.finished()}/annotations"

    assert client.put(url, json={"note": "x" * 70_000}).status_code == 413
    assert client.put(url, data="note=x").status_code == 415
    assert put(client, "00000000-0000-4000-8000-00000000ffff", {}).status_code == 404


def test_the_longest_annotation_is_taken(world: RealWorld, client: FlaskClient) -> None:
    """In letters of four bytes each."""
    body = {
        "tags": [f"{number:02d}" + "\U0001f680" * (LONGEST_TAG - 2) for number in range(MOST_TAGS)],
        "note": "\U0001f680" * LONGEST_NOTE,
    }
    answer = put(client, world.finished(), body)

    assert (answer.status_code, answer.json) == (200, body)


def test_lists_are_found_by_tag_and_text_and_sorted_by_figure(world: RealWorld, client: FlaskClient) -> None:
    """And paged in that order."""
    close, later = world.finished(label="Momentum"), world.finished(execution="next_open")
    open_run = world.submit().run.run_id
    put(client, later, {"tags": ["good"], "note": "remember me"})
    figures = {run_id: world.runs.get(run_id).end.metrics["sharpe_ratio"] for run_id in (close, later)}
    best_first = sorted(figures, key=lambda run_id: -(figures[run_id] or 0))

    assert found(client, "tag=good") == [later]
    assert found(client, "q=MOMENT") == [close]
    assert found(client, "q=Remember") == [later]
    assert found(client, "sort=created_at") == [close, later, open_run]
    assert found(client, "sort=-sharpe_ratio") == best_first
    first = client.get("/api/runs?sort=-sharpe_ratio&limit=1").json
    assert found(client, f"sort=-sharpe_ratio&limit=1&cursor={first['next']}") == best_first[1:]


def test_an_order_that_there_is_not_is_a_bad_request(client: FlaskClient) -> None:
    """400, with the orders that there are."""
    answer = client.get("/api/runs?sort=luck")

    assert answer.status_code == 400
    assert answer.json["errors"][0]["field"] == "sort"
    assert "total_return" in answer.json["errors"][0]["allowed"]


def test_a_list_has_a_spark_line_for_each_result(world: RealWorld, client: FlaskClient) -> None:
    """32 values of the equity, null for a run without a result."""
    world.finished()
    world.submit()
    listed = client.get("/api/runs?sort=created_at").json["runs"]

    assert len(listed[0]["spark"]) == 32
    assert listed[0]["spark"][-1] == pytest.approx(listed[0]["metrics"]["final_value"], rel=1e-6)
    assert listed[1]["spark"] is None
