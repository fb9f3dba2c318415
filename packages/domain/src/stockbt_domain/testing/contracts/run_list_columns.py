"""What every run repository must do with tags, notes and sparklines, and when it sorts and searches."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from ...annotations import Annotation
from ...errors import InvalidInput, RunNotFound
from ...figures import SORTED_FIGURES
from ...ports import RunRepository
from ...result import Metrics, Result
from ...run import Run
from ...run_query import RunQuery
from ...sparkline import sparkline_of
from . import samples


def with_metrics(metrics: Metrics, *, bars: int = 5) -> Result:
    """Return a result with these figures."""
    plain = samples.a_result(bars=bars)
    return Result(metrics, plain.equity_curve, plain.trades, plain.orders, plain.series, plain.warnings)


def finished(runs: RunRepository, result: Result, *, at: datetime = samples.NEW_YEARS_EVE) -> Run:
    """Store a run with a result."""
    run = samples.a_run(at=at)
    runs.add(run, samples.first_event(run))
    mine = samples.claimed(run)
    runs.save(run, mine, event=samples.an_event(run, mine))
    after = samples.succeeded(mine, result)
    runs.save(mine, after, event=samples.an_event(mine, after), result=result)
    return after


def stored(runs: RunRepository, *changes: dict[str, Any]) -> list[Run]:
    """Store one run for each change, each a second after the one before, and return them newest first."""
    made = []
    for number, change in enumerate(changes):
        run = samples.a_run(at=samples.NEW_YEARS_EVE + timedelta(seconds=number), **change)
        made.append(runs.add(run, samples.first_event(run)))
    return made[::-1]


def every_page(runs: RunRepository, query: RunQuery) -> list[str]:
    """Return the ids of all pages, one after the other."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = runs.page(replace(query, cursor=cursor))
        found += [run.run_id for run in page.runs]
        cursor = page.next
        if cursor is None:
            return found


def ids(made: Sequence[Run]) -> list[str]:
    """Return the runs' ids."""
    return [run.run_id for run in made]


class RunListColumnsContract:
    """The part of RunRepositoryContract on what stands beside runs in lists."""

    def test_tags_and_note_read_back(self, runs: RunRepository) -> None:
        """Text in any script, replaced as a whole; other runs have none."""
        other, run = stored(runs, {}, {})
        first = Annotation(("größer", "x" * 40, "\U0001f680 go"), "a note\nin 'two' lines \\ \U0001f680")
        second = Annotation(("x",), "")
        runs.annotate(run.run_id, first)
        seen = runs.annotations([run.run_id, other.run_id])
        runs.annotate(run.run_id, second)

        assert seen.get(run.run_id) == first
        assert seen.get(other.run_id, Annotation()) == Annotation()
        assert runs.annotations([run.run_id]).get(run.run_id) == second

    def test_an_emptied_annotation_is_none(self, runs: RunRepository) -> None:
        """Nothing is left behind, and nothing is found by it."""
        (run,) = stored(runs, {})
        runs.annotate(run.run_id, Annotation(("x",), "y"))
        runs.annotate(run.run_id, Annotation())

        assert runs.annotations([run.run_id]).get(run.run_id, Annotation()) == Annotation()
        assert runs.page(RunQuery(tag="x")).runs == ()

    def test_an_annotation_changes_nothing_of_the_run(self, runs: RunRepository) -> None:
        """Row, events and result are as they were."""
        run = finished(runs, samples.a_result())
        events = runs.events(run.run_id)
        runs.annotate(run.run_id, Annotation(("x",), "y"))

        assert runs.get(run.run_id) == run
        assert runs.events(run.run_id) == events
        assert runs.result(run.run_id).hash == run.end.result_hash

    def test_an_unknown_run_cannot_be_annotated(self, runs: RunRepository) -> None:
        """It says so."""
        with pytest.raises(RunNotFound):
            runs.annotate(samples.a_run().run_id, Annotation(("x",)))
        assert runs.annotations([]) == {}

    def test_a_tag_lists_its_runs_newest_first(self, runs: RunRepository) -> None:
        """Letter by letter, page by page, and together with other filters."""
        made = stored(runs, *({"ticker": ticker} for ticker in ("A", "B", "A", "A", "B")))
        for run, tag in zip(made, ("x", "x", "X", "x", "xx"), strict=True):
            runs.annotate(run.run_id, Annotation((tag, "all")))

        assert every_page(runs, RunQuery(tag="x", limit=2)) == ids([made[0], made[1], made[3]])
        assert every_page(runs, RunQuery(tag="all", limit=3)) == ids(made)
        assert every_page(runs, RunQuery(tag="x", ticker="A")) == ids([made[1]])
        assert every_page(runs, RunQuery(tag="all", sort="created_at", limit=2)) == ids(made[::-1])
        assert every_page(runs, RunQuery(tag="\U0001f680")) == []

    @pytest.mark.parametrize(
        ("text", "places"),
        [
            ("MEAN rev", [0]),
            ("aapl", [1]),
            ("Breakout", [2]),
            ("remember", [3]),
            ("%", [3]),
            ("_", []),
            ("\\", []),
            ("größe", [0]),
            ("e", [0, 2, 3]),
            ("\U0001f680", [2]),
        ],
    )
    def test_a_search_finds_label_ticker_tag_and_note(
        self, runs: RunRepository, text: str, places: list[int]
    ) -> None:
        """Whatever the letters' case; signs of a pattern are letters like any other."""
        made = stored(
            runs,
            {"rule_id": None, "ticker": "X"},
            {"rule_id": None, "ticker": "X"},
            {"rule_id": None, "ticker": "AAPL"},
            {"rule_id": "mean reVersion größe", "ticker": "X"},
        )
        runs.annotate(made[2].run_id, Annotation(("breakout \U0001f680",)))
        runs.annotate(made[3].run_id, Annotation((), "Remember: 10 %"))

        assert every_page(runs, RunQuery(q=text, limit=1)) == ids([made[place] for place in places])
        assert every_page(runs, RunQuery(q=text, ticker="Y")) == []

    @pytest.mark.parametrize("name", SORTED_FIGURES)
    def test_a_list_can_be_sorted_by_a_figure(self, runs: RunRepository, name: str) -> None:
        """Both ways, to the last bit, page by page; equal figures by id, and none is not in it."""
        values = (0.1 + 0.2, 0.3, None, -5e-324, 0.3, 1e300, -2.0, 0.0)
        made = [finished(runs, with_metrics({SORTED_FIGURES[name]: value})) for value in values]
        stored(runs, {})
        known = [(run.end.metrics[SORTED_FIGURES[name]], run.run_id) for run in made]
        order = [run_id for _, run_id in sorted((v, i) for v, i in known if v is not None)]

        for limit in (1, 3, 50):
            assert every_page(runs, RunQuery(sort=name, limit=limit)) == order
            assert every_page(runs, RunQuery(sort=f"-{name}", limit=limit)) == order[::-1]

    def test_a_sorted_list_can_be_filtered(self, runs: RunRepository) -> None:
        """By tag, by text and by what the run was asked."""
        made = [finished(runs, with_metrics({"sharpe_ratio": value})) for value in (1.0, 3.0, 2.0)]
        runs.annotate(made[0].run_id, Annotation(("x",)))
        runs.annotate(made[1].run_id, Annotation(("x",), "find me"))
        query = RunQuery(sort="-sharpe_ratio", tag="x", limit=1)

        assert every_page(runs, query) == ids([made[1], made[0]])
        assert every_page(runs, replace(query, q="FIND")) == ids([made[1]])
        assert every_page(runs, replace(query, ticker="MSFT")) == []

    def test_a_list_can_begin_with_the_oldest(self, runs: RunRepository) -> None:
        """Page by page."""
        made = stored(runs, *[{}] * 5)

        assert every_page(runs, RunQuery(sort="created_at", limit=2)) == ids(made[::-1])

    @pytest.mark.parametrize("sort", ["", "-", "sharpe", "--cagr", "metrics_json", "\U0001f680"])
    def test_an_order_that_there_is_not_is_refused(self, runs: RunRepository, sort: str) -> None:
        """It is the caller's mistake, named by its field."""
        with pytest.raises(InvalidInput) as caught:
            runs.page(RunQuery(sort=sort))
        assert [problem.field for problem in caught.value.problems] == ["sort"]

    @pytest.mark.parametrize("made_by", ["created_at", "-sharpe_ratio"])
    def test_a_cursor_of_another_order_is_refused(self, runs: RunRepository, made_by: str) -> None:
        """It would go on in the wrong place."""
        for value in (1.0, 2.0):
            finished(runs, with_metrics({"sharpe_ratio": value}))
        cursor = runs.page(RunQuery(sort=made_by, limit=1)).next
        other = {"created_at": "-sharpe_ratio", "-sharpe_ratio": "created_at"}[made_by]

        assert cursor is not None
        for wrong in (cursor, "0x1.zp+0_x", "nan_x", ""):
            with pytest.raises(InvalidInput):
                runs.page(RunQuery(sort=other, cursor=wrong))

    @pytest.mark.parametrize("bars", [1, 31, 32, 33, 1000])
    def test_a_result_has_a_spark_line(self, runs: RunRepository, bars: int) -> None:
        """At most 32 values of the equity; what has no result has none."""
        run = finished(runs, with_metrics({}, bars=bars))
        (pending,) = stored(runs, {})
        found = runs.sparklines([run.run_id, pending.run_id, samples.a_run().run_id])

        equity = samples.a_result(bars=bars).equity_curve["equity"]
        assert dict(found) == {run.run_id: sparkline_of(equity)}
        assert len(found[run.run_id]) == min(bars, 32)
        assert found[run.run_id][-1] == pytest.approx(equity[-1], rel=1e-6)
        assert runs.sparklines([]) == {}

    def test_what_is_written_on_a_run_goes_with_it(self, runs: RunRepository) -> None:
        """A pruned run leaves no tag, no note and no figures."""
        run = finished(runs, with_metrics({"cagr": 1.0}))
        runs.annotate(run.run_id, Annotation(("x",), "y"))
        runs.prune(samples.NEW_YEARS_EVE + timedelta(days=1), limit=10)

        assert runs.annotations([run.run_id]).get(run.run_id, Annotation()) == Annotation()
        for query in (RunQuery(tag="x"), RunQuery(q="y"), RunQuery(sort="cagr")):
            assert runs.page(query).runs == ()
