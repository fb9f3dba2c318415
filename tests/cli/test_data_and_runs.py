"""`stockbt data`, `runs`, `rules`, `db` and `reconcile` on this machine."""

import csv
import json
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import make_url
from stockbt_adapters_mysql.database import connect
from stockbt_adapters_mysql.leader import DatabaseLeader
from stockbt_domain.rules import RULES

from tests.waiting import until

from .conftest import Stockbt

TERMS = ("--param", "fast_period=2", "--param", "slow_period=5")


def test_imported_file_is_listed_shown_and_run(stockbt: Stockbt, prices: Path) -> None:
    """A file of one's own goes from import to result with three commands."""
    imported = stockbt("data", "import", prices, "--ticker", "OWN", "--json")
    listed = stockbt("data", "list", "--json").document["datasets"]
    shown = stockbt("data", "show", "OWN", "--json").document
    run = stockbt("run", "OWN", "MA_CROSS", *TERMS, "--json")

    assert (imported.code, imported.document["bars"], imported.document["known"]) == (0, 60, False)
    assert [d["ticker"] for d in listed] == ["NASDAQ", "OWN", "SP500"]
    assert shown["versions"] == [{k: v for k, v in imported.document.items() if k != "known"}]
    assert shown["source"] == "file prices.csv"
    assert (run.code, run.document["data_hash"]) == (0, shown["data_hash"])
    assert len(run.document["trades"]) == 1


def test_same_bytes_again_change_nothing(stockbt: Stockbt, prices: Path) -> None:
    """A second import finds the first; adjusted prices are another version."""
    first = stockbt("data", "import", prices, "--ticker", "OWN", "--json").document
    again = stockbt("data", "import", prices, "--ticker", "OWN", "--json").document
    adjusted = stockbt("data", "import", prices, "--ticker", "OWN", "--adjust", "--json").document

    assert again == {**first, "known": True}
    assert (adjusted["known"], adjusted["adjusted"]) == (False, True)
    assert len(stockbt("data", "show", "OWN", "--json").document["versions"]) == 2


def test_wrong_file_is_refused_with_every_line(stockbt: Stockbt, prices: Path) -> None:
    """Each wrong line is named at once, with the other wrong fields nothing is stored."""
    lines = prices.read_text().splitlines()
    lines[3] = lines[3].replace(",1000", ",-1")
    lines[7] = lines[6]
    prices.write_text("\n".join(lines))
    answer = stockbt("data", "import", prices, "--ticker", "OWN", "--json")

    assert answer.code == 2
    assert [p["message"][:6] for p in answer.document["errors"]] == ["line 4", "line 8"]
    assert stockbt("data", "show", "OWN").code == 2


def test_every_json_answer_is_one_document(stockbt: Stockbt, prices: Path, tmp_path: Path) -> None:
    """Standard output of every command with --json parses as exactly one document."""
    run_id = stockbt("run", "SP500", "RSI", "--json").document["run_id"]
    answers = [
        stockbt(*words, "--json")
        for words in (
            ("data", "import", prices, "--ticker", "OWN"),
            ("data", "list"),
            ("data", "show", "SP500"),
            ("runs", "list"),
            ("runs", "show", run_id),
            ("runs", "reproduce", run_id),
            ("runs", "export", run_id, "--to", tmp_path / "out"),
            ("rules",),
            ("rules", "RSI"),
            ("db", "upgrade"),
            ("db", "check"),
            ("reconcile", "--once"),
        )
    ]

    assert [answer.code for answer in answers] == [0] * len(answers)
    assert all(isinstance(answer.document, dict) for answer in answers)


def test_people_get_tables(stockbt: Stockbt, prices: Path, tmp_path: Path) -> None:
    """Without --json every command says its answer in words, and its columns are aligned."""
    run_id = stockbt("run", "SP500", "RSI", "--json").document["run_id"]
    words = {
        "OWN": ("data", "import", prices, "--ticker", "OWN"),
        "NASDAQ  1d": ("data", "list"),
        "5,031 of 1d": ("data", "show", "SP500"),
        run_id: ("runs", "list"),
        "submitted": ("runs", "show", run_id),
        "identical": ("runs", "reproduce", run_id),
        "run.json": ("runs", "export", run_id, "--to", tmp_path / "out"),
        "MOVING_AVERAGE_CROSS  fast_period 20": ("rules",),
        "oversold < overbought": ("rules", "RSI"),
        "schema": ("db", "check"),
        "0 open": ("reconcile", "--once"),
    }

    for expected, command in words.items():
        answer = stockbt(*command)
        assert answer.code == 0
        assert expected in answer.out


def test_runs_are_filtered_and_paged(stockbt: Stockbt) -> None:
    """Filters and the cursor give each run once, newest first."""
    made = [
        stockbt("run", "SP500", rule, "--rule-id", label, "--json").document["run_id"]
        for rule, label in (("RSI", "a"), ("MACD", "a"), ("RSI", "b"))
    ]
    first = stockbt("runs", "list", "--limit", "2", "--json").document
    rest = stockbt("runs", "list", "--cursor", first["next"], "--json").document

    assert [run["run_id"] for run in first["runs"] + rest["runs"]] == made[::-1]
    assert rest["next"] is None
    for words, expected in (
        (("--rule-type", "RSI"), [made[2], made[0]]),
        (("--rule-id", "a"), [made[1], made[0]]),
        (("--ticker", "NASDAQ"), []),
        (("--status", "failed"), []),
    ):
        found = stockbt("runs", "list", *words, "--json").document["runs"]
        assert [run["run_id"] for run in found] == expected


def test_reproduction_is_identical(stockbt: Stockbt) -> None:
    """The same input gives the same result, to the last bit."""
    run = stockbt("run", "SP500", "MACD", "--slippage-bps", "3", "--json").document
    answer = stockbt("runs", "reproduce", run["run_id"], "--json")

    assert answer.code == 0
    assert answer.document["verdict"] == "identical"
    assert answer.document["reproduces"] == run["run_id"]
    assert answer.document["result_hash"] == run["result_hash"]


def test_reproduction_that_differs_exits_with_1(stockbt: Stockbt, home: Path) -> None:
    """A stored result that the engine does not give again is told, with the first difference."""
    run_id = stockbt("run", "SP500", "RSI", "--json").document["run_id"]
    other = stockbt("run", "SP500", "MACD", "--json").document["run_id"]
    with sqlite3.connect(home / "stockbt.sqlite3") as database:
        database.execute(
            "UPDATE run_results SET equity_curve = o.equity_curve, trades = o.trades"
            " FROM run_results o WHERE o.run_id = ? AND run_results.run_id = ?",
            (other, run_id),
        )
    answer = stockbt("runs", "reproduce", run_id, "--json")

    assert answer.code == 1
    assert answer.document["verdict"] == "different"
    assert answer.document["difference"]


def test_run_without_result_is_neither_repeated_exported_nor_cancelled(
    stockbt: Stockbt, tmp_path: Path
) -> None:
    """A failed run has nothing to compare with, nothing to export and nothing to stop."""
    run_id = stockbt("run", "SP500", "RSI", "--fee-rate", "9", "--json").document["run_id"]

    assert stockbt("runs", "reproduce", run_id).code == 2
    assert stockbt("runs", "export", run_id, "--to", tmp_path / "out").code == 2
    assert stockbt("runs", "cancel", run_id).code == 2
    assert not (tmp_path / "out").exists()


def test_export_writes_everything_of_a_run(stockbt: Stockbt, tmp_path: Path) -> None:
    """The folder has the run, its tables with a row for each value, pictures, a report and an archive."""
    run = stockbt("run", "SP500", "RSI", "--json").document
    folder = tmp_path / "new" / "folder"
    files = stockbt("runs", "export", run["run_id"], "--to", folder, "--json").document["files"]

    assert sorted(files) == sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
    assert json.loads((folder / "run.json").read_text()) == run
    with (folder / "equity.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["equity"]) for row in rows] == run["equity_curve"]["equity"]
    with (folder / "trades.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == len(run["trades"])
    assert (folder / "orders.csv").read_text().startswith("timestamp,signal,reason,quantity,price")
    pictures = sorted(folder.glob("charts/*.png"))
    assert len(pictures) == 5
    assert all(picture.read_bytes().startswith(b"\x89PNG") for picture in pictures)
    assert all((folder / f"{name}.parquet").read_bytes()[:4] == b"PAR1" for name in ("equity", "trades"))
    assert run["result_hash"] in (folder / "report.html").read_text()
    with zipfile.ZipFile(folder / "bundle.zip") as archive:
        assert json.loads(archive.read("hashes.json"))["result_hash"] == run["result_hash"]


def test_folder_that_cannot_be_written_is_3(stockbt: Stockbt) -> None:
    """The reason is a sentence."""
    run_id = stockbt("run", "SP500", "RSI", "--json").document["run_id"]
    answer = stockbt("runs", "export", run_id, "--to", "/proc/nowhere")

    assert answer.code == 3
    assert "/proc/nowhere" in answer.err


def test_rules_are_the_catalogue(stockbt: Stockbt) -> None:
    """Every rule is listed with every parameter; a name or an alias shows one."""
    known = stockbt("rules", "--json").document["rules"]

    assert [rule["name"] for rule in known] == [rule.name for rule in RULES]
    assert [p["name"] for p in known[0]["parameters"]] == [p.name for p in RULES[0].parameters]
    assert stockbt("rules", "MA_CROSS", "--json").document == known[3]


def test_database_is_upgraded_once_and_checked(
    stockbt: Stockbt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new database has no schema, then it has; a second upgrade changes nothing."""
    new = tmp_path / "new"
    monkeypatch.setenv("STOCKBT_HOME", str(new))

    assert stockbt("db", "check").code == 3
    assert stockbt("db", "upgrade", "--json").document["changed"] is True
    assert stockbt("db", "upgrade", "--json").document["changed"] is False
    assert stockbt("db", "check", "--json").document["good"] is True


def test_database_of_a_later_version_is_good(stockbt: Stockbt, home: Path) -> None:
    """A schema that a later version has brought further is worked on, not compared and not called bad."""
    with sqlite3.connect(home / "stockbt.sqlite3") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.execute("ALTER TABLE runs ADD COLUMN later INTEGER")
    checked = stockbt("db", "check", "--json")

    assert (checked.code, checked.document["ahead"], checked.document["differences"]) == (0, True, [])
    assert stockbt("run", "SP500", "RSI").code == 0


def test_changed_event_is_found(stockbt: Stockbt, home: Path) -> None:
    """`db check` names the run whose history was edited, and exits with 3."""
    run_id = stockbt("run", "SP500", "RSI", "--json").document["run_id"]
    with sqlite3.connect(home / "stockbt.sqlite3") as database:
        database.execute("UPDATE run_events SET reason = 'nothing happened' WHERE seq = 1")
    answer = stockbt("db", "check", "--json")

    assert answer.code == 3
    assert answer.document["broken_chains"] == [run_id]


def test_reconcile_finishes_what_a_crash_left(
    stockbt: Stockbt, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run whose command died before it began is launched by one pass, and its worker finishes it."""
    with monkeypatch.context() as dying:
        dying.setattr("stockbt_cli.local.execute_here", lambda *_, **__: None)
        run_id = stockbt("run", "SP500", "RSI", "--json").document["run_id"]
    with sqlite3.connect(home / "stockbt.sqlite3") as database:
        database.execute("UPDATE runs SET next_launch_at = NULL")
    done = stockbt("reconcile", "--once", "--json").document

    assert (done["open"], done["launched"]) == (1, 1)
    ended = ("runs", "show", run_id, "--json")
    until(lambda: stockbt(*ended).document["status"] == "SUCCEEDED", 30, "the run succeeds")


def test_reconcile_leaves_the_work_to_who_is_at_it(stockbt: Stockbt, home: Path) -> None:
    """While another process makes a pass, this one makes none and says so."""
    with DatabaseLeader(connect(make_url(f"sqlite:///{home}/stockbt.sqlite3"))).hold():
        meanwhile = stockbt("reconcile", "--once", "--json").document
        told = stockbt("reconcile", "--once").err
    afterwards = stockbt("reconcile", "--once", "--json").document

    assert (meanwhile["leading"], afterwards["leading"]) == (False, True)
    assert "another process is reconciling" in told


def test_help_and_import_are_light() -> None:
    """Neither `--help` nor `import stockbt` loads a database driver, numpy, pandas or a web framework."""
    heavy = {"sqlalchemy", "numpy", "pandas", "flask", "matplotlib", "alembic"}
    script = (
        "import sys, stockbt; from stockbt_cli.main import run_command; run_command(['run', '--help']);"
        f"sys.exit(9 if {heavy!r} & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert done.returncode == 0
    assert "--fee-rate" in done.stdout
