"""The run's page as the server renders it, and the trades that its tables and charts are cut from."""

import re

import numpy as np
from flask.testing import FlaskClient
from stockbt_domain.columns import NO_TIME, ORDER_REASONS
from stockbt_web.results.trades import MOST_MARKS, TradeFilter, causes, cut, marks, signal_rows, trade_rows

from tests.domain.world import World

DAY = 86_400_000_000
MANY = 100_000


def trades(count: int, *, open_last: bool = True) -> dict[str, np.ndarray]:
    """Return trades of a day each, every second one a loss, every third one a short."""
    number = np.arange(1, count + 1)
    entry = number * 2 * DAY
    leave = entry + DAY
    if open_last:
        leave[-1] = NO_TIME
    return {
        "trade_no": number,
        "side": np.where(number % 3 == 0, -1, 1).astype(np.int8),
        "entry_timestamp": entry,
        "exit_timestamp": leave,
        "exit_price": np.where(leave == NO_TIME, np.nan, 10.0),
        "entry_fees": np.ones(count),
        "exit_fees": np.zeros(count),
        "pnl_abs": np.where(number % 2 == 0, -1.0, 1.0) * number,
    }


def test_trades_are_filtered_by_side_result_and_day_of_entry() -> None:
    """Won, lost and open ones do not overlap; days are whole."""
    table = trades(12)

    def numbers(**wanted: object) -> list[int]:
        return (trade_rows(table, TradeFilter(**wanted)) + 1).tolist()  # type: ignore[arg-type]

    assert numbers(side="SELL") == [3, 6, 9, 12]
    assert numbers(result="won") == [1, 3, 5, 7, 9, 11]
    assert numbers(result="lost") == [2, 4, 6, 8, 10]
    assert numbers(result="open") == [12]
    assert numbers(entered_from=4 * DAY, entered_to=8 * DAY) == [2, 3, 4]


def test_trades_are_sorted_both_ways_and_what_has_no_value_is_last() -> None:
    """An open trade has no exit: it ends the table however it is sorted."""
    table = trades(4)

    up = trade_rows(table, TradeFilter(sort="exit_timestamp")).tolist()
    down = trade_rows(table, TradeFilter(sort="-exit_timestamp")).tolist()
    worst = trade_rows(table, TradeFilter(sort="pnl_abs")).tolist()
    assert up == [0, 1, 2, 3]
    assert down == [2, 1, 0, 3]
    assert worst == [3, 1, 0, 2]


def test_a_page_beyond_the_last_is_the_last() -> None:
    """Fifty rows a page, the places counted from the first."""
    rows = np.arange(120)

    last = cut(rows, 99)
    assert (last.page, last.pages, last.first, last.total) == (3, 3, 100, 120)
    assert last.rows.tolist() == list(range(100, 120))
    assert cut(rows[:0], 1).pages == 1


def test_a_hundred_thousand_trades_are_sorted_and_cut_for_a_page() -> None:
    """The far page is there; benchmarks/million_bars.py measures how long it takes."""
    table = trades(MANY)
    part = cut(trade_rows(table, TradeFilter(result="lost", sort="-pnl_abs")), 999)

    assert part.total == MANY // 2 - 1
    assert len(part.rows) == 50


def test_a_trade_names_the_signals_that_opened_and_closed_it() -> None:
    """Filled at the close it is the signal of that bar, at the next open the one before it; a position
    bought back without a signal was closed because the equity was gone."""
    orders = {"timestamp": np.array([1, 5, 9]) * DAY, "signal": np.array([1, -1, 1], dtype=np.int8)}
    table = {
        "side": np.array([1, -1], dtype=np.int8),
        "entry_timestamp": np.array([1, 5]) * DAY,
        "exit_timestamp": np.array([5, 7]) * DAY,
    }
    at_close = causes(table, orders, np.array([0, 1]), execution="close")
    table["entry_timestamp"] += DAY
    table["exit_timestamp"] = np.array([6 * DAY, NO_TIME])
    next_open = causes(table, orders, np.array([0, 1]), execution="next_open")

    assert at_close[0] == {"opened": (DAY, "BUY"), "closed": (5 * DAY, "SELL")}
    assert at_close[1] == {"opened": (5 * DAY, "SELL"), "closed": "ruin"}
    assert next_open[0] == {"opened": (DAY, "BUY"), "closed": (5 * DAY, "SELL")}
    assert next_open[1] == {"opened": (5 * DAY, "SELL"), "closed": None}


def test_signals_are_narrowed_to_the_filled_or_the_others() -> None:
    """What has a quantity was filled."""
    orders = {"quantity": np.array([1.0, 0.0, -1.0])}

    assert signal_rows(orders, None).tolist() == [0, 1, 2]
    assert signal_rows(orders, "filled").tolist() == [0, 2]
    assert signal_rows(orders, "unfilled").tolist() == [1]


def test_a_chart_marks_the_trades_of_its_window() -> None:
    """A trade that was entered before and left inside belongs to it; an open one reaches to the end."""
    found = marks(trades(5), start=3 * 86_400, end=6 * 86_400)

    assert [trade["trade_no"] for trade in found["trades"]] == [1, 2, 3]
    assert found["trades"][1] == {"trade_no": 2, "side": "BUY", "entry": 4 * 86_400, "exit": 5 * 86_400}
    assert found["results"] == {"time": [3 * 86_400, 5 * 86_400], "pnl": [1.0, -2.0]}


def test_very_many_trades_are_thinned_to_their_extremes() -> None:
    """No mark is sent, the results are each stretch's worst and best, and none of all is lost."""
    found = marks(trades(MANY, open_last=False), start=0, end=2**40)

    assert found["total"] == MANY
    assert found["trades"] == []
    assert len(found["results"]["pnl"]) <= 2 * MOST_MARKS
    assert max(found["results"]["pnl"]) == MANY - 1
    assert min(found["results"]["pnl"]) == -MANY
    assert found["results"]["time"] == sorted(found["results"]["time"])


def test_a_part_of_the_page_is_the_tab_alone(world: World, client: FlaskClient) -> None:
    """`part=panel` answers with the tab's inside, `part=view` with the run, without the frame around."""
    run_id = world.submit().run.run_id
    world.execute(run_id)

    page = client.get(f"/runs/{run_id}?tab=trades").text
    panel = client.get(f"/runs/{run_id}?tab=trades&part=panel").text
    view = client.get(f"/runs/{run_id}?tab=drawdown&part=view").text
    assert "<html" in page
    assert 'id="signals"' in page
    assert "<html" not in panel + view
    assert 'id="signals"' in panel
    assert "The equity never fell below its peak." in view


def test_wrong_words_in_the_query_are_left_out(world: World, client: FlaskClient) -> None:
    """An address that somebody mistyped still shows the run."""
    run_id = world.submit().run.run_id
    world.execute(run_id)

    wrong = "tab=nonsense&sort=x&side=UP&page=-1&entered_from=soon&signals=1&from=a&part=all"
    answers = [client.get(f"/runs/{run_id}?{wrong}"), client.get(f"/runs/{run_id}?tab=trades&{wrong[13:]}")]
    assert [answer.status_code for answer in answers] == [200, 200]


def test_every_reason_of_the_log_has_its_sentence(client: FlaskClient) -> None:
    """No reason would show as its bare name."""
    from stockbt_web.api.results import REASONS

    assert set(ORDER_REASONS) == set(REASONS)


def test_an_open_run_shows_its_progress_and_can_be_cancelled_by_a_form(
    world: World, client: FlaskClient
) -> None:
    """Without scripts there is a button and a link to look again."""
    run_id = world.submit().run.run_id
    page = client.get(f"/runs/{run_id}").text
    answer = client.post(f"/api/runs/{run_id}/cancel", content_type="application/x-www-form-urlencoded")

    assert "waiting for a worker" in page
    assert re.search(rf'action="/api/runs/{run_id}/cancel"', page)
    assert answer.status_code == 303
    assert world.runs.get(run_id).end.error_kind == "cancelled"
