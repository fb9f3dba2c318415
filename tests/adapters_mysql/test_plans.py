"""How MySQL reads the lists: the plan of every filter and combination, on rows enough to tell."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy
from stockbt_adapters_mysql import run_list
from stockbt_adapters_mysql.database import Database, connect
from stockbt_adapters_mysql.migrate import upgrade
from stockbt_adapters_mysql.run_list import cursor_of
from stockbt_adapters_mysql.runs import SqlRuns
from stockbt_domain.errors import InvalidInput
from stockbt_domain.run_query import SORTED_FIGURES, RunQuery

from benchmarks.scale import COMBINATIONS, FILTERS, analyze, fill, plans
from tests.mysql_server import MySqlServer

pytestmark = pytest.mark.docker

RUNS = 20_000
DEEP = cursor_of(datetime(2020, 1, 10, tzinfo=UTC), "f" * 8 + "-0000-4000-8000-" + "f" * 12)


@pytest.fixture(scope="module")
def many(mysql_server: MySqlServer) -> Iterator[Database]:
    """A database with many ended runs."""
    database = connect(mysql_server.new_database("many"))
    upgrade(database)
    fill(database, 0, RUNS, events=1)
    analyze(database)
    yield database
    database.close()
    mysql_server.drop(database.engine.url)


@pytest.mark.parametrize("cursor", [None, DEEP], ids=["first page", "deep page"])
@pytest.mark.parametrize("names", COMBINATIONS, ids=lambda names: " and ".join(names) or "all")
def test_a_list_is_read_in_order_from_an_index(
    many: Database, names: tuple[str, ...], cursor: str | None
) -> None:
    """No filter and no combination reads the whole table, or sorts what it found; a value that many runs
    have may be met often enough in the order of time."""
    query = RunQuery(**{name: FILTERS[name](8) for name in names}, cursor=cursor)  # type: ignore[arg-type]
    (plan,) = plans(many, SqlRuns(many), query)

    assert plan["key"] is not None and plan["type"] != "ALL", plan
    assert "filesort" not in (plan["Extra"] or "") and "temporary" not in (plan["Extra"] or ""), plan
    if names:
        assert plan["type"] in ("ref", "range") or plan["rows"] < RUNS / 20, plan


@pytest.mark.parametrize("sort", ["created_at", *(f"-{name}" for name in SORTED_FIGURES)])
def test_a_sorted_list_is_read_in_order_from_an_index(many: Database, sort: str) -> None:
    """Each order has an index of its own."""
    plan = plans(many, SqlRuns(many), RunQuery(sort=sort))

    assert all(row["type"] != "ALL" for row in plan), plan
    assert all("filesort" not in (row["Extra"] or "") for row in plan), plan


@pytest.mark.parametrize(
    "question",
    [
        "SELECT run_id FROM runs WHERE status IN ('PENDING', 'RUNNING') ORDER BY created_at, run_id",
        "SELECT run_id FROM runs WHERE run_key = 'x' AND status = 'SUCCEEDED'",
        "SELECT run_id FROM runs WHERE reproduces = 'x'",
        "SELECT run_id FROM runs WHERE waits_for = 'x'",
        "SELECT COUNT(*) FROM runs WHERE holds_slot = 1 AND launcher = 'LOCAL'",
        "SELECT * FROM run_events WHERE run_id = 'x' ORDER BY seq",
    ],
)
def test_what_the_protocol_asks_for_is_found_by_an_index(many: Database, question: str) -> None:
    """Open runs, identical ones, those who wait, slots, a run's history: a matter of their own number."""
    rows = many.read(lambda c: c.exec_driver_sql(f"EXPLAIN FORMAT=TRADITIONAL {question}").mappings().all())

    assert all(row["type"] not in ("ALL", "index") for row in rows), rows
    assert all(row["rows"] <= 10 for row in rows), rows


def test_a_question_that_takes_too_long_is_given_up_and_says_what_would_help(
    many: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server stops looking; the next question is answered on the same connection. A question over so few
    runs is slow only because it sleeps at each."""
    runs, by_figure = SqlRuns(many), run_list._by_figure
    monkeypatch.setattr(run_list, "SECONDS", 0.05)
    monkeypatch.setattr(
        run_list, "_by_figure", lambda *asked: by_figure(*asked).where(sqlalchemy.func.sleep(5) == 0)
    )
    with pytest.raises(InvalidInput) as refusal:
        runs.page(RunQuery(q="no run has this", sort="-sharpe_ratio"))
    monkeypatch.undo()

    (problem,) = refusal.value.problems
    assert (problem.field, problem.code) == ("q", "TOO_SLOW")
    assert "add a ticker, a rule or a tag" in problem.message
    assert runs.page(RunQuery(q="no run has this", sort="-sharpe_ratio")).runs == ()
