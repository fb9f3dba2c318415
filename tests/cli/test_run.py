"""`stockbt run`: from the words of a command line to a stored run and an exit code."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import stockbt_runtime.workbench
from stockbt_cli.commands.run import run as run_command
from stockbt_cli.main import cli
from stockbt_domain.errors import StorageUnavailable
from stockbt_domain.fields import FIELDS

from .conftest import Stockbt

WRONG = {
    "--engine": "abacus",
    "--start": "2023-02-30",
    "--end": "yesterday",
    "--initial-capital": "0",
    "--fee-rate": "cheap",
    "--slippage-bps": "1e999",
    "--size-type": "shares",
    "--position-size": "-1",
    "--direction": "short",
    "--timeframe": "1w",
    "--execution": "open",
    "--rule-id": "line\nbreak",
    "--priority": "urgent",
}
HOSTILE = [
    "",
    " ",
    "\udcff",
    "../../etc/passwd",
    "'; DROP TABLE runs; --",
    "\x1b[31m",
    "𝕏" * 200,
    "NaN",
    "--",
]


def test_run_prints_the_figures_and_stores_the_run(stockbt: Stockbt) -> None:
    """A run of a sample ends well, shows its figures and is in the list afterwards."""
    answer = stockbt("run", "SP500", "MA_CROSS", "--param", "fast_period=10", "--start", "2010-01-01")

    assert answer.code == 0
    assert "Sharpe ratio" in answer.out
    assert "SUCCEEDED" in answer.err
    (run,) = stockbt("runs", "list", "--json").document["runs"]
    assert (run["status"], run["rule_type"], run["params"]) == ("SUCCEEDED", "MA_CROSS", {"fast_period": 10})
    assert run["run_id"] in answer.out


def test_json_is_the_run_as_status_gives_it_and_nothing_else(stockbt: Stockbt) -> None:
    """Standard output is one JSON document with metrics, equity, trades and events."""
    answer = stockbt("run", "SP500", "RSI", "--json")

    run = answer.document
    assert answer.code == 0
    assert run["status"] == "SUCCEEDED"
    assert run["metrics"]["num_trades"] == len([t for t in run["trades"] if t["exit_price"] is not None])
    assert len(run["equity_curve"]["equity"]) == len(run["equity_curve"]["time"]) > 5000
    assert [event["to"] for event in run["events"]] == ["PENDING", "RUNNING", "SUCCEEDED"]
    assert {event["actor"] for event in run["events"]} == {"cli"}
    assert stockbt("runs", "show", run["run_id"], "--json").document == run


def test_every_request_field_has_its_option() -> None:
    """The options are the fields with dashes; ticker and rule are the arguments."""
    options = {name for parameter in run_command.params for name in parameter.opts}

    missing = {
        field.name
        for field in FIELDS
        if field.name not in ("ticker", "rule_type") and f"--{field.name.replace('_', '-')}" not in options
    }
    assert missing == set()
    assert {"--start", "--end", "--param", "--json", "--server", "ticker", "rule"} <= options


def test_every_option_arrives_in_the_run(stockbt: Stockbt) -> None:
    """What the options say is what the run was asked."""
    asked = {
        "start_date": "2010-01-04",
        "end_date": "2015-12-31",
        "initial_capital": 5e4,
        "fee_rate": 0.002,
        "slippage_bps": 5,
        "size_type": "value",
        "position_size": 20000,
        "direction": "longshort",
        "timeframe": "1d",
        "execution": "next_open",
        "engine": "legacy",
        "rule_id": "größer",
        "priority": "bulk",
    }
    words = [word for name, value in asked.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    run = stockbt("run", "SP500", "RSI", *words, "--reuse", "--params", '{"period" : 7}', "--json").document

    assert {name: run[name] for name in asked} == asked
    assert run["reuse"] is True
    assert run["params"] == {"period": 7}


def test_everything_wrong_is_said_at_once(stockbt: Stockbt) -> None:
    """However many options are wrong, each is named with what is allowed, and the exit code is 2."""
    words = [word for option, value in WRONG.items() for word in (option, value)]
    answer = stockbt("run", "NOBODY", "RSI", *words, "--param", "period=1", "--param", "foo=2")

    assert answer.code == 2
    assert answer.out == ""
    expected = [f.name for f in FIELDS if f.name not in ("rule_type", "params", "reuse")]  # a flag is right
    lines = [line.split()[0] for line in answer.err.splitlines() if line.startswith("  ")]
    assert set(lines) == {*expected, "params.period", "params.foo"}
    for allowed in ("percent, value", "minimum 0", "NASDAQ, SP500", "longonly, longshort", "at least 2"):
        assert allowed in answer.err


def test_refused_input_is_one_document_too(stockbt: Stockbt) -> None:
    """With --json the problems are the document, and the failed run is recorded."""
    answer = stockbt("run", "SP500", "RSI", "--fee-rate", "7", "--json")

    assert answer.code == 2
    assert [(p["field"], p["code"]) for p in answer.document["errors"]] == [("fee_rate", "OUT_OF_RANGE")]
    run = stockbt("runs", "show", answer.document["run_id"], "--json").document
    assert (run["status"], run["error_kind"]) == ("FAILED", "user_error")


def test_failed_run_exits_with_1(stockbt: Stockbt) -> None:
    """A valid request that the data cannot meet is a failed run, not bad usage."""
    words = ("run", "SP500", "TREND_FOLLOWING", "--start", "2018-06-01")
    answer = stockbt(*words, "--json")

    assert answer.code == 1
    assert (answer.document["status"], answer.document["error_code"]) == ("FAILED", "TOO_FEW_BARS")
    assert "TOO_FEW_BARS" in stockbt(*words).out


@pytest.mark.parametrize(
    "words",
    [
        ("run",),
        ("run", "SP500"),
        ("run", "SP500", "RSI", "--unknown", "1"),
        ("run", "SP500", "RSI", "--param", "period=3", "--param", "period=4"),
        ("run", "SP500", "RSI", "--param", "period=3", "--params", "{}"),
        ("run", "SP500", "RSI", "--server", "ftp://here"),
        ("run", "SP500", "RSI", "--params", "{"),
        ("run", "SP500", "RSI", "--param", "period"),
        ("runs", "list", "--limit", "0"),
        ("runs", "list", "--cursor", "x"),
        ("runs", "show", "nobody"),
        ("runs", "cancel", "00000000-0000-4000-8000-000000000000"),
        ("data", "import", "/nowhere.csv", "--ticker", "A"),
        ("data", "show", "NOBODY"),
        ("rules", "NOTHING"),
        ("web", "--port", "0"),
        ("nothing",),
    ],
)
def test_bad_usage_exits_with_2_and_a_reason(stockbt: Stockbt, words: tuple[str, ...]) -> None:
    """Standard error says what is wrong; standard output stays empty, or one document with --json."""
    answer = stockbt(*words)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err
    if len(words) > 1 and words[0] != "web":
        assert stockbt(*words, "--json").document["exit_code"] == 2


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("place", ["ticker", "rule", "rule_id", "param", "value", "data", "list"])
def test_hostile_text_is_refused_or_kept_as_text(stockbt: Stockbt, place: str, text: str) -> None:
    """No text breaks the command: it ends with one document and a code that says what happened."""
    words = {
        "ticker": ("run", "--json", "--", text, "RSI"),
        "rule": ("run", "--json", "--", "SP500", text),
        "rule_id": ("run", "SP500", "RSI", "--json", f"--rule-id={text}"),
        "param": ("run", "SP500", "RSI", "--json", f"--param={text}=3"),
        "value": ("run", "SP500", "RSI", "--json", f"--param=period={text}"),
        "data": ("data", "show", "--json", "--", text),
        "list": ("runs", "list", "--json", f"--ticker={text}"),
    }
    answer = stockbt(*words[place])

    assert answer.code in (0, 2)
    assert isinstance(answer.document, dict)
    assert "\x1b" not in answer.out + answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "mysql://user:secret@127.0.0.1:9/none"),
        ("DB_HOST", "127.0.0.1"),
        ("JOB_LAUNCHER_MODE", "SOMEWHERE"),
        ("STOCKBT_HOME", "/proc/nobody"),
        ("STOCKBT_LEASE_SECONDS", "soon"),
    ],
)
def test_system_that_cannot_exits_with_3(
    stockbt: Stockbt, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """A wrong setting or a database that is away is a sentence and exit code 3, never a password."""
    monkeypatch.setenv(name, value)
    answer = stockbt("run", "SP500", "RSI", "--json")

    assert answer.code == 3
    assert answer.document["detail"]
    assert "Traceback" not in answer.err
    assert "secret" not in answer.out + answer.err


def test_server_that_is_away_exits_with_3(stockbt: Stockbt) -> None:
    """A connection that is refused is a sentence with the server's address."""
    answer = stockbt("run", "SP500", "RSI", "--server", "http://127.0.0.1:9", "--json")

    assert answer.code == 3
    assert "http://127.0.0.1:9 cannot be reached" in answer.document["detail"]


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_is_cancelled(
    stockbt: Stockbt, monkeypatch: pytest.MonkeyPatch, stop: signal.Signals
) -> None:
    """Ctrl-C or SIGTERM while the engine works ends the row as cancelled, and the exit code is 3."""

    class Interrupted:
        name = "legacy"

        def run(self, *_: object) -> None:
            os.kill(os.getpid(), stop)
            signal.sigtimedwait([], 10)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell ignores it
    monkeypatch.setattr(stockbt_runtime.workbench, "load_engine", lambda name: Interrupted())
    answer = stockbt("run", "SP500", "RSI", "--json")
    signal.signal(signal.SIGINT, before)

    assert answer.code == 3
    assert (answer.document["status"], answer.document["error_kind"]) == ("FAILED", "cancelled")


def test_run_that_ended_in_the_moment_of_ctrl_c_is_shown(
    stockbt: Stockbt, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The result is kept and printed; the exit code is 3 all the same."""
    from stockbt_cli import local

    real = local.execute_here

    def late(*words: Any, **more: Any) -> None:
        real(*words, **more)
        raise KeyboardInterrupt

    monkeypatch.setattr(local, "execute_here", late)
    answer = stockbt("run", "SP500", "RSI", "--json")

    assert (answer.code, answer.document["status"]) == (3, "SUCCEEDED")


def test_broken_engine_is_a_failed_run(stockbt: Stockbt, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of the engine is a system error of the run; its trace goes to standard error only."""

    class Broken:
        name = "legacy"

        def run(self, *_: object) -> None:
            raise ZeroDivisionError("inside")

    monkeypatch.setattr(stockbt_runtime.workbench, "load_engine", lambda name: Broken())
    answer = stockbt("run", "SP500", "RSI", "--json")

    assert answer.code == 1
    assert answer.document["error_code"] == "ENGINE_ERROR"
    assert "ZeroDivisionError" in answer.err


def test_unforeseen_fault_is_3_and_a_trace(stockbt: Stockbt, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours is told apart from a failed run."""

    def broken(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(stockbt_runtime.workbench, "DatabaseClock", broken)
    answer = stockbt("run", "SP500", "RSI", "--json")

    assert answer.code == 3
    assert "a fault of ours" in answer.document["detail"]
    assert "Traceback" in answer.err


def test_run_that_another_worker_took_is_followed(stockbt: Stockbt, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a running web app was faster, the command waits for that worker's result and prints it."""
    from stockbt_cli import inline
    from stockbt_cli.bootstrap import machine
    from stockbt_cli.inline import execute_here

    taken: list[str] = []
    heard: list[str] = []
    real = inline.execute

    def slower(run_id: str, *words: object, **more: object) -> object:
        if not taken:
            taken.append(run_id)
            with machine(os.environ) as other:
                execute_here(run_id, other, actor="worker", tell=heard.append)
        return real(run_id, *words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(inline, "execute", slower)
    run = stockbt("run", "SP500", "RSI", "--json").document

    assert [event["actor"] for event in run["events"]] == ["cli", "worker", "worker"]
    assert run["status"] == "SUCCEEDED"


def test_output_that_nobody_reads_is_no_trace(home: Path) -> None:
    """A closed pipe ends the command with 3 and without a trace."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "stockbt_cli", "rules"], stdout=writing, stderr=subprocess.PIPE
    )
    os.close(writing)

    assert (done.returncode, done.stderr) == (3, b"")


def test_database_that_goes_away_leaves_a_sentence(stockbt: Stockbt, monkeypatch: pytest.MonkeyPatch) -> None:
    """StorageUnavailable in the middle of a command is exit code 3."""

    def away(*_: object, **__: object) -> None:
        raise StorageUnavailable("the disk is full")

    monkeypatch.setattr("stockbt_cli.local.submit", away)
    answer = stockbt("run", "SP500", "RSI")

    assert (answer.code, answer.err) == (3, "stockbt: the disk is full\n")


def test_help_names_every_command_of_the_documents(stockbt: Stockbt, home: Path) -> None:
    """The commands are those that the documents promise."""
    words = stockbt("--help").out

    assert set(cli.commands) == {"web", "run", "data", "runs", "rules", "audit", "db", "reconcile"}
    assert all(name in words for name in cli.commands)
    assert json.dumps(stockbt("--version").out).count("0.") >= 1
