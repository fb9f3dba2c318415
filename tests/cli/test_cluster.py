"""Commands under JOB_LAUNCHER_MODE=K8S: only those that need the cluster ask for it."""

import pytest

from .conftest import Stockbt


@pytest.fixture(autouse=True)
def cluster_mode(stockbt: Stockbt, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name a cluster that this machine does not have, on the embedded database."""
    monkeypatch.setenv("JOB_LAUNCHER_MODE", "K8S")


def test_commands_that_launch_nothing_need_no_cluster(stockbt: Stockbt) -> None:
    """An import in a pod without token and template works."""
    answer = stockbt("data", "list")

    assert answer.code == 0
    assert "SP500" in answer.out


@pytest.mark.parametrize("command", [("reconcile", "--once"), ("web", "--port", "1")])
def test_commands_that_launch_say_what_is_missing(stockbt: Stockbt, command: tuple[str, ...]) -> None:
    """At once, in a sentence with the variable, before anything listens or is reconciled."""
    answer = stockbt(*command)

    assert answer.code == 3
    assert "JOB_LAUNCHER_MODE K8S needs a database that pods reach" in answer.err
    assert "Traceback" not in answer.err


def test_a_cancel_asks_the_cluster_that_has_the_job(stockbt: Stockbt) -> None:
    """The launcher of `runs cancel` is the one that the environment names."""
    run_id = stockbt("run", "SP500", "RSI", "--json").document["run_id"]
    answer = stockbt("runs", "cancel", run_id)

    assert answer.code == 3
    assert "JOB_LAUNCHER_MODE" in answer.err
