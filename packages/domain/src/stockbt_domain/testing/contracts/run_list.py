"""What every run repository must do when it lists runs."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ...documents.run import describe
from ...errors import InvalidInput
from ...ports import RunRepository
from ...run import Run, Status
from ...run_query import RunQuery
from . import samples
from .run_list_columns import RunListColumnsContract


def pages(runs: RunRepository, query: RunQuery) -> list[list[Run]]:
    """Return every page from the query's on."""
    found = []
    cursor: str | None = None
    while True:
        page = runs.page(replace(query, cursor=cursor))
        found.append(list(page.runs))
        cursor = page.next
        if cursor is None:
            return found


def fill(runs: RunRepository, *changes: dict[str, Any]) -> list[Run]:
    """Store one run for each change, two at the same time, and return them newest first."""
    made = []
    for number, change in enumerate(changes):
        at = samples.NEW_YEARS_EVE + timedelta(microseconds=number // 2)
        run = samples.a_run(at=at, **change)
        made.append(runs.add(run, samples.first_event(run)))
    return made[::-1]


class RunListContract(RunListColumnsContract):
    """The part of RunRepositoryContract on lists."""

    def test_nothing_gives_one_empty_page(self, runs: RunRepository) -> None:
        """A list without runs has no further page."""
        assert pages(runs, RunQuery()) == [[]]
        assert runs.open_runs() == ()

    @pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6, 200])
    def test_pages_give_every_run_once_newest_first(self, runs: RunRepository, limit: int) -> None:
        """Runs of the same microsecond come in the order of their ids, on whichever page they fall."""
        made = fill(runs, *[{}] * 5)
        listed = pages(runs, RunQuery(limit=limit))

        assert [run for page in listed for run in page] == made
        assert all(len(page) == limit for page in listed[:-1])
        assert 0 < len(listed[-1]) <= limit

    def test_a_page_stays_in_place_while_runs_are_added(self, runs: RunRepository) -> None:
        """New runs neither repeat nor hide what the next page holds."""
        made = fill(runs, *[{}] * 4)
        first = runs.page(RunQuery(limit=2))
        late = samples.a_run(at=samples.NEW_YEARS_EVE + timedelta(days=1))
        runs.add(late, samples.first_event(late))

        assert list(runs.page(RunQuery(limit=2, cursor=first.next)).runs) == made[2:]

    @pytest.mark.parametrize(
        ("name", "value", "others"),
        [
            ("ticker", "AAPL", ["aapl", "AAP", None]),
            ("rule_type", "MA_CROSS", ["MOVING_AVERAGE_CROSS", "ma_cross", "MÄ_CROSS", None]),
            ("rule_id", "größer \U0001f680", ["grosser \U0001f680", "GRÖSSER \U0001f680", "größer ", None]),
            ("data_hash", "a" * 64, ["b" * 64, "a" * 63, None]),
        ],
    )
    def test_a_filter_takes_the_stored_text_exactly(
        self, runs: RunRepository, name: str, value: str, others: list[str | None]
    ) -> None:
        """A filter compares letter by letter with what was stored, and pages within what it finds."""
        made = fill(runs, *({name: text} for text in [value, *others, value, value]))
        wanted = [run for run in made if describe(run)[name] == value]

        listed = pages(runs, RunQuery(**{name: value}, limit=2))
        assert listed == [wanted[:2], wanted[2:]]
        assert len(wanted) == 3

    def test_a_filter_on_status(self, runs: RunRepository) -> None:
        """A status lists the runs that are in it now."""
        three, two, one = fill(runs, {}, {}, {})
        mine = samples.claimed(two)
        runs.save(two, mine)
        ended = samples.failed(three)
        runs.save(three, ended)

        found = {status: list(runs.page(RunQuery(status=status)).runs) for status in Status}
        assert found == {"PENDING": [one], "RUNNING": [mine], "FAILED": [ended], "SUCCEEDED": []}

    def test_filters_are_combined(self, runs: RunRepository) -> None:
        """A run has to pass every filter."""
        made = fill(runs, {"ticker": "MSFT"}, {"rule_type": "RSI"}, {"ticker": "MSFT", "rule_type": "RSI"})

        query = RunQuery(ticker="MSFT", rule_type="RSI", status="PENDING", rule_id=made[0].request.rule_id)
        assert list(runs.page(query).runs) == made[:1]

    def test_a_filter_that_nothing_can_match_gives_an_empty_page(self, runs: RunRepository) -> None:
        """Text that no column could hold is not an error."""
        fill(runs, {})
        for name in ("ticker", "rule_type", "status", "rule_id", "data_hash"):
            for value in ("\U0001f680", "", "x" * 1000):
                assert runs.page(RunQuery(**{name: value})).runs == ()  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        "cursor",
        [
            "",
            "nonsense",
            "1.",
            ".",
            "1",
            "99999999999999999999999.x",
            "\U0001f680",
            "nan.x",
            "1 2.\U0001f680",
        ],
    )
    def test_a_cursor_that_is_none_is_refused(self, runs: RunRepository, cursor: str) -> None:
        """A cursor that no page gave is the caller's mistake, named by its field."""
        fill(runs, {})

        with pytest.raises(InvalidInput) as caught:
            runs.page(RunQuery(cursor=cursor))
        assert [problem.field for problem in caught.value.problems] == ["cursor"]

    def test_open_runs_are_those_that_have_not_ended_oldest_first(self, runs: RunRepository) -> None:
        """PENDING and RUNNING runs are open, in the order in which they came."""
        four, three, two, one = fill(runs, {}, {}, {}, {})
        mine = samples.claimed(two)
        runs.save(two, mine)
        runs.save(three, samples.failed(three))

        assert [known.run for known in runs.open_runs()] == [one, mine, four]
