"""The guide's commands in the pods of web and MySQL: a stand-in for kubectl, a cluster's accounts."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, blocks
from tests.docs.command_coverage import RUN_BY
from tests.docs.stand_in import stand_in
from tests.docs.test_secrets import filled, texts
from tests.mysql_server import MySqlServer

GUIDE = ROOT / "docs" / "ops-guide.md"
HERE = next(entry.commands for entry in RUN_BY if entry.test == f"tests/docs/{Path(__file__).name}")

pytestmark = pytest.mark.docker


@dataclass(frozen=True)
class Cluster:
    """What the guide's commands see of a cluster: kubectl, MySQL's pod, web's pod."""

    server: MySqlServer
    folder: Path
    env: dict[str, str]

    def run(self, command: str) -> str:
        """Return what a command prints that has to work."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
            timeout=200,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def cluster(
    mysql_alone: Callable[[], AbstractContextManager[MySqlServer]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    """A server of its own, as the restore drops its database, with the accounts of a filled template."""
    with mysql_alone() as server:
        host, port = server.address()
        folder, held = tmp_path_factory.mktemp("operator"), texts(filled())
        pod = {
            "DB_HOST": host,
            "DB_PORT": str(port),
            "DB_NAME": "stockbt",
            "STOCKBT_HOME": str(folder / "tmp"),
        }
        program = stand_in(
            folder / "bin",
            container=server.container_id,
            web={**pod, **held["stockbt-web"]},
        )
        found = Cluster(server, folder, {**os.environ, "PATH": f"{program}:{os.environ['PATH']}"})
        (folder / "accounts.sql").write_text(held["stockbt-mysql"]["accounts.sql"])
        found.run(
            "kubectl -n stock-backtest exec -i mysql-0 -- sh -c"
            " 'MYSQL_PWD=\"$MYSQL_ROOT_PASSWORD\" exec mysql --user=root' <accounts.sql"
        )
        migration = {**os.environ, **pod, **held["stockbt-migration"]}
        subprocess.run([sys.executable, "-m", "stockbt_cli", "db", "upgrade"], env=migration, check=True)
        yield found


def commands(text: str) -> list[str]:
    """Return the guide's commands of this file that have the text, in the guide's order."""
    there = [command for block in blocks(GUIDE) for command in block.commands() if command in HERE]
    return [command for command in dict.fromkeys(there) if text in command]


def in_web(cluster: Cluster, arguments: str) -> str:
    """Return what `stockbt` prints in web's pod."""
    return cluster.run(f"kubectl -n stock-backtest exec deployment/web -- stockbt {arguments}")


def test_what_the_guide_runs_in_webs_pod_works_with_webs_rights(cluster: Cluster) -> None:
    """Check, samples, one run's row and its proof, a pass, pruning: with the account `web`."""
    (samples,) = commands("data samples")
    cluster.run(samples)
    run = json.loads(in_web(cluster, "run SP500 RSI --json"))
    cluster.env["RUN"] = run["run_id"]
    said = {command: cluster.run(command) for command in commands("deployment/web") if command != samples}

    assert len(said) == 6
    assert any(run["result_hash"] in text for text in said.values())
    assert any("the database is good" in text for text in said.values())
    assert any("would delete 0 runs" in text for text in said.values())


def test_a_backup_from_the_pod_is_restored_into_it(cluster: Cluster) -> None:
    """Dumped, dropped, made anew, filled: the run is there and every hash holds."""
    in_web(cluster, "data samples")
    run = json.loads(in_web(cluster, "run NASDAQ MACD --json"))
    (dump,) = commands("mysqldump")
    cluster.run(dump)
    lost = json.loads(in_web(cluster, "run NASDAQ RSI --json"))
    empty, fill = commands("exec mysql --user=root")
    cluster.run(empty)
    cluster.run(fill)
    listed = in_web(cluster, "runs list --json")
    verified = in_web(cluster, f"runs verify {run['run_id']}")

    assert run["run_id"] in listed
    assert lost["run_id"] not in listed
    assert run["result_hash"] in verified
    assert "the database is good" in in_web(cluster, "db check")
