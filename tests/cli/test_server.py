"""`--server`: the same commands against a real web app."""

import socket
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from .conftest import Stockbt


def test_run_on_a_server_is_the_run_of_this_machine(stockbt: Stockbt, server: str) -> None:
    """A worker of the server computes the same result as this process."""
    words = ("run", "SP500", "MA_CROSS", "--param", "fast_period=10", "--json")
    there, here = stockbt(*words, "--server", server), stockbt(*words)

    assert (there.code, there.document["status"]) == (0, "SUCCEEDED")
    assert there.document["result_hash"] == here.document["result_hash"]
    assert there.document["run_key"] == here.document["run_key"]
    assert set(there.document) == set(here.document)
    assert here.document["run_id"] != there.document["run_id"]


def test_refusal_of_a_server_is_the_refusal_of_this_machine(stockbt: Stockbt, server: str) -> None:
    """The problems are the same, word for word."""
    words = ("run", "NOBODY", "RSI", "--fee-rate", "x", "--param", "period=0", "--json")
    there, here = stockbt(*words, "--server", server), stockbt(*words)

    assert there.code == here.code == 2
    assert there.document["errors"] == here.document["errors"]
    run = stockbt("runs", "show", there.document["run_id"], "--server", server, "--json").document
    assert run["error_kind"] == "user_error"


def test_files_and_tables_are_the_same(stockbt: Stockbt, server: str, prices: Path, tmp_path: Path) -> None:
    """Import, list, show, run, repeat and export through a server give what they give here."""
    words = ("data", "import", prices, "--ticker", "OWN", "--json")
    there, here = stockbt(*words, "--server", server).document, stockbt(*words).document
    again = stockbt(*words, "--server", server).document

    assert (there["data_hash"], there["bars"], there["known"]) == (here["data_hash"], 60, False)
    assert again == {**there, "known": True}
    shown = stockbt("data", "show", "OWN", "--server", server, "--json").document
    assert shown["versions"] == [{k: v for k, v in there.items() if k != "known"}]
    assert stockbt("data", "list", "--server", server).code == 0
    terms = ("--param", "fast_period=2", "--param", "slow_period=5")
    run = stockbt("run", "OWN", "MA_CROSS", *terms, "--server", server, "--json").document
    own = stockbt("run", "OWN", "MA_CROSS", *terms, "--json").document
    assert run["result_hash"] == own["result_hash"]
    stockbt("runs", "export", run["run_id"], "--to", tmp_path / "there", "--server", server)
    stockbt("runs", "export", own["run_id"], "--to", tmp_path / "here")
    files = [p.relative_to(tmp_path / "there") for p in (tmp_path / "there").rglob("*") if p.is_file()]
    assert len(files) == 14
    for file in files:
        if file.name not in ("run.json", "report.html", "bundle.zip"):  # these name the run
            assert (tmp_path / "there" / file).read_bytes() == (tmp_path / "here" / file).read_bytes()


def test_reproduction_on_a_server(stockbt: Stockbt, server: str) -> None:
    """The verdict is waited for and printed."""
    run_id = stockbt("run", "SP500", "RSI", "--server", server, "--json").document["run_id"]
    answer = stockbt("runs", "reproduce", run_id, "--server", server, "--json")

    assert (answer.code, answer.document["verdict"]) == (0, "identical")
    assert answer.document["reproduces"] == run_id


def test_lists_and_rules_of_a_server(stockbt: Stockbt, server: str) -> None:
    """Filters, limits and the catalogue are passed on."""
    stockbt("run", "SP500", "RSI", "--rule-id", "a & b", "--server", server)
    found = stockbt("runs", "list", "--rule-id", "a & b", "--limit", "1", "--server", server, "--json")

    assert [run["rule_id"] for run in found.document["runs"]] == ["a & b"]
    assert stockbt("rules", "--server", server).out == stockbt("rules").out


@pytest.mark.parametrize(
    "words",
    [
        ("runs", "show", "../../health"),
        ("runs", "show", "00000000-0000-4000-8000-000000000000"),
        ("runs", "cancel", "x/../y"),
        ("runs", "list", "--cursor", "x"),
        ("data", "show", "a b/?"),
        ("data", "import", "{prices}", "--ticker", "a b"),
    ],
)
def test_what_a_server_refuses_is_2(
    stockbt: Stockbt, server: str, prices: Path, words: tuple[str, ...]
) -> None:
    """What is wrong or not there is told as on this machine."""
    answer = stockbt(*(word.format(prices=prices) for word in words), "--server", server, "--json")

    assert answer.code == 2
    assert answer.document["detail"]


def test_ended_run_cannot_be_cancelled(stockbt: Stockbt, server: str) -> None:
    """A conflict is bad input too."""
    run_id = stockbt("run", "SP500", "RSI", "--server", server, "--json").document["run_id"]
    answer = stockbt("runs", "cancel", run_id, "--server", server)

    assert (answer.code, answer.out) == (2, "")
    assert "had ended" in answer.err


@pytest.mark.parametrize("body", [b"<html>", b"[1]", b"", b"{}"])
@pytest.mark.parametrize("status", [200, 400, 404, 500])
def test_something_else_that_answers_is_3(stockbt: Stockbt, status: int, body: bytes) -> None:
    """A server that is not ours is named as such, whatever it sends."""

    class Other(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Other) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{other.server_port}"
        answer = stockbt("run", "SP500", "RSI", "--server", address, "--json")
        other.shutdown()

    assert answer.code == 3
    assert "stockbt" in answer.document["detail"]
    assert "Traceback" not in answer.err


def test_taken_port_is_told_at_once(stockbt: Stockbt) -> None:
    """`stockbt web` where something listens already is a sentence and exit code 3."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        answer = stockbt("web", "--port", str(taken.getsockname()[1]))

    assert answer.code == 3
    assert "nothing can listen at 127.0.0.1" in answer.err
