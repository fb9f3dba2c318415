"""The tutorial from laptop to cluster, but for what needs a cluster: followed on a MySQL of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, blocks
from tests.docs.command_coverage import RUN_BY
from tests.ports import reserved_port

PAGE = ROOT / "docs" / "tutorials" / "from-laptop-to-cluster.md"
OWN = f"stockbt-mysql-of-a-test-{os.getpid()}"
HERE = {
    command
    for entry in RUN_BY
    if entry.test == f"tests/docs/{Path(__file__).name}"
    for command in entry.commands
}

pytestmark = pytest.mark.docker


@pytest.fixture
def docker() -> Iterator[None]:
    """Skip or fail without Docker; take the page's server away even where the page did not come so far."""
    there = subprocess.run(["docker", "image", "inspect", "mysql:9.7"], capture_output=True, check=False)
    if there.returncode != 0:
        assert not os.environ.get("CI"), "CI needs Docker with mysql:9.7"
        pytest.skip("needs a Docker engine with mysql:9.7")
    yield
    subprocess.run(["docker", "rm", "--force", "--volumes", OWN], capture_output=True, check=False)


def script() -> str:
    """Return the page's blocks that are run here as one script, with a name and a port of its own."""
    port = reserved_port()
    followed = [
        block.body for block in blocks(PAGE) if block.language == "sh" and HERE.issuperset(block.commands())
    ]
    return "\n".join(followed).replace("stockbt-mysql", OWN).replace("127.0.0.1:3306", f"127.0.0.1:{port}")


def test_the_same_backtest_is_the_same_on_mysql_and_all_of_it_can_be_taken_along(
    docker: None, tmp_path: Path
) -> None:
    """Every block in its order: SQLite, export, MySQL, import, the same hashes, a dump; nothing is left."""
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("STOCKBT_", "DB_"))},
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "STOCKBT_HOME": str(tmp_path / "home"),
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script()],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    laptop, mysql = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("laptop", "mysql"))
    left = subprocess.run(
        ["docker", "ps", "--all", "--quiet", "--filter", f"name={OWN}"], capture_output=True
    )

    assert laptop["run_id"] != mysql["run_id"]
    assert laptop["result_hash"] == mysql["result_hash"] is not None
    assert "INSERT INTO `runs`" in (tmp_path / "stockbt.sql").read_text(errors="replace")
    assert left.stdout == b""


def test_what_is_not_followed_here_needs_a_cluster_or_serves_until_it_is_stopped() -> None:
    """The rest of the page calls make, kubectl, or asks the cluster's address."""
    rest = [
        command
        for block in blocks(PAGE)
        if block.language == "sh" and not HERE.issuperset(block.commands())
        for command in block.commands()
    ]

    assert [c for c in rest if not c.startswith(("make ", "kubectl ")) and "--server" not in c] == []
