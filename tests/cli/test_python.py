"""The module `stockbt`: a backtest in three lines of Python."""

import datetime
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import stockbt_runtime.workbench
from stockbt import Backtest, BacktestFailed, InvalidInput

from .conftest import Stockbt

README = """
from stockbt import Backtest
result = Backtest("SP500", rule="MOVING_AVERAGE_CROSS", params={"fast_period": 20}).run()
result.metrics["sharpe_ratio"]; result.equity; result.trades; result.plot()
"""


def test_three_lines_give_a_result(home: Path) -> None:
    """The README's example runs as it stands, prints nothing and fails at nothing."""
    done = subprocess.run([sys.executable, "-W", "error", "-c", README], capture_output=True, text=True)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_result_is_the_stored_run(stockbt: Stockbt) -> None:
    """Figures, equity, trades and warnings are those that the command line shows."""
    result = Backtest("SP500", rule="RSI", start_date="2005-01-01", direction="longshort").run()
    stored = stockbt("runs", "show", result.run_id, "--json").document

    assert result.status == "SUCCEEDED"
    assert result.metrics == stored["metrics"]
    assert result.warnings == stored["warnings"]
    assert result.run == {k: v for k, v in stored.items() if k not in ("equity_curve", "trades")}
    assert result.equity.tolist() == stored["equity_curve"]["equity"]
    assert [str(day.date()) for day in result.equity.index] == stored["equity_curve"]["time"]
    assert result.trades["side"].tolist() == [trade["side"] for trade in stored["trades"]]
    assert result.trades["pnl_abs"].tolist() == [trade["pnl_abs"] for trade in stored["trades"]]


def test_series_and_table_are_of_pandas(home: Path) -> None:
    """Equity is a Series by time, trades a DataFrame; an open trade has no exit."""
    result = Backtest("SP500", rule="MA_CROSS", end_date="2018-09-28").run()
    trades = result.trades

    assert isinstance(result.equity.index, pd.DatetimeIndex)
    assert (result.equity.name, result.equity.index.name, result.equity.dtype) == (
        "equity",
        "time",
        "float64",
    )
    assert result.equity.index.tz is None
    assert np.issubdtype(trades["entry_timestamp"].dtype, np.datetime64)
    assert trades["exit_timestamp"].isna().sum() == trades["exit_price"].isna().sum() == 1
    assert trades["trade_no"].tolist() == list(range(1, len(trades) + 1))
    assert len(trades) == result.metrics["num_trades"] + 1


def test_result_without_trades_is_whole(home: Path) -> None:
    """No trade is a result: a flat curve, an empty table with its columns, and undefined figures."""
    terms = {"fast_period": 2, "slow_period": 3}
    result = Backtest("SP500", rule="MA_CROSS", params=terms, initial_capital=1, fee_rate=0).run()

    assert result.trades.empty
    assert "pnl_pct" in result.trades.columns
    assert set(result.equity) == {1.0}
    assert result.metrics["win_rate"] is None
    assert result._repr_html_()


def test_notebook_shows_pictures(home: Path, tmp_path: Path) -> None:
    """A chart is a PNG that a notebook displays and a file can hold; the result is a table with one."""
    result = Backtest("SP500", rule="RSI", rule_id="<b>mine</b>").run()
    chart = result.plot("drawdown")

    assert chart._repr_png_().startswith(b"\x89PNG")
    assert chart.save(tmp_path / "chart.png").read_bytes() == chart.png
    assert "data:image/png;base64," in result._repr_html_()
    assert "SP500" in repr(result)
    with pytest.raises(ValueError, match="equity, drawdown"):
        result.plot("pie")


def test_python_values_stand_for_what_they_mean(home: Path) -> None:
    """Dates, time stamps and numpy's numbers are taken as the request's own."""
    result = Backtest(
        "SP500",
        rule="RSI",
        params={"period": np.int64(7)},
        start_date=datetime.date(2005, 1, 3),
        end_date=pd.Timestamp("2006-12-29"),
        fee_rate=np.float64(0.002),
    ).run()

    assert (result.run["start_date"], result.run["end_date"]) == ("2005-01-03", "2006-12-29")
    assert (result.run["params"], result.run["fee_rate"]) == ({"period": 7}, 0.002)


def test_every_problem_comes_in_one_exception(home: Path) -> None:
    """InvalidInput names each wrong field, whatever was put into it."""
    wrong = Backtest(
        "NOBODY",
        rule="RSI",
        params={"period": 1},
        fee_rate=float("nan"),
        slippage_bps={1},
        initial_capital=object(),
        start_date=datetime.datetime(2005, 1, 3, 12),
        colour="red",
    )
    with pytest.raises(InvalidInput) as caught:
        wrong.run()

    fields = {problem.field for problem in caught.value.problems}
    expected = {"ticker", "params.period", "fee_rate", "slippage_bps", "initial_capital", "start_date"}
    assert fields == {*expected, "colour"}


@pytest.mark.parametrize("params", [{("a", "b"): 1}, {1: 2}, [1], "period", 3])
def test_params_that_are_none_are_refused(home: Path, params: object) -> None:
    """Parameters of a wrong shape are invalid input, never another exception."""
    with pytest.raises(InvalidInput):
        Backtest("SP500", rule="RSI", params=params).run()  # type: ignore[arg-type]


def test_failed_run_is_an_exception_with_its_row(stockbt: Stockbt) -> None:
    """BacktestFailed carries code, message and the id of the stored run."""
    with pytest.raises(BacktestFailed) as caught:
        Backtest("SP500", rule="TREND_FOLLOWING", start_date="2018-06-01").run()

    run = stockbt("runs", "show", caught.value.run_id, "--json").document
    assert caught.value.code == run["error_code"] == "TOO_FEW_BARS"
    assert caught.value.message == run["error_message"]


def test_interrupted_backtest_is_cancelled(stockbt: Stockbt, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C leaves no open row behind."""

    class Interrupted:
        name = "legacy"

        def run(self, *_: object) -> None:
            raise KeyboardInterrupt

    monkeypatch.setattr(stockbt_runtime.workbench, "load_engine", lambda name: Interrupted())
    with pytest.raises(KeyboardInterrupt):
        Backtest("SP500", rule="RSI").run()

    (run,) = stockbt("runs", "list", "--json").document["runs"]
    assert (run["status"], run["error_kind"]) == ("FAILED", "cancelled")
