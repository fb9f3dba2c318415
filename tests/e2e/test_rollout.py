"""A new version, with a migration, is rolled out while people work and runs of the old one are under way."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from .platform import Platform
from .versions import deploy, newest_revision, next_version_of

BACK = "ALTER TABLE runs DROP COLUMN of_the_next_version; UPDATE alembic_version SET version_num = '{head}'"


@pytest.fixture
def next_version(faulty: Platform, tmp_path: Path) -> Iterator[str]:
    """The image of a version with one revision more, on every node; its traces are removed afterwards."""
    image = faulty.image()
    newer = next_version_of(image, faulty.cluster, tmp_path)
    yield newer
    if not faulty.lasting:
        return
    deploy(image)
    tag = newer.rpartition(":")[2]
    faulty.kubectl("delete", "job", f"migration-{tag}", f"samples-{tag}")
    client = 'MYSQL_PWD="$MYSQL_ROOT_PASSWORD" mysql --host=127.0.0.1 --user=root stockbt --execute "$0"'
    faulty.kubectl("exec", "mysql-0", "--", "sh", "-c", client, BACK.format(head=newest_revision()))


class Load:
    """People at work: each asks again as soon as the answer is there."""

    def __init__(self, *work: Callable[[], tuple[int, object]]) -> None:
        self.answers = 0
        self.failures: list[str] = []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._repeat, args=(one,)) for one in work]

    def __enter__(self) -> "Load":
        """Begin."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End with the answers that are under way."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, ask: Callable[[], tuple[int, object]]) -> None:
        while not self._over.wait(0.1):
            try:
                status, answer = ask()
            except OSError as error:
                self.failures.append(repr(error))
                continue
            self.answers += 1
            if status >= 400:
                self.failures.append(f"{status} {answer}"[:300])


def test_no_request_fails_and_runs_of_the_old_version_finish(faulty: Platform, next_version: str) -> None:
    """Workers of the version before are alive when the migration changes the schema under them."""
    old_tag = faulty.image().rpartition(":")[2]
    new_tag = next_version.rpartition(":")[2]
    known = faulty.submit()
    submitted: list[str] = []

    def submit() -> tuple[int, object]:
        status, answer = faulty.call(
            "POST",
            "/run_backtest",
            {"ticker": "SP500", "rule_type": "MOVING_AVERAGE_CROSS", "engine": "slow"},
        )
        if status == 202:
            submitted.append(answer["run_id"])
        time.sleep(1.0)  # the pace of the load, not a wait for anything
        return status, answer

    def page() -> tuple[int, object]:
        return faulty.call("GET", "/")

    def status_of_a_run() -> tuple[int, object]:
        return faulty.call("GET", f"/status/{known}")

    with Load(page, status_of_a_run, submit) as load:
        faulty.wait(known)
        deploy(next_version)
        faulty.wait(faulty.submit(), deadline=180)
    rows = [faulty.wait(run_id, deadline=300) for run_id in submitted]
    migrated = datetime.fromisoformat(
        faulty.read("job", f"migration-{new_tag}")["status"]["completionTime"].replace("Z", "+00:00")
    )

    assert load.failures == []
    assert load.answers > 100
    assert [row for row in rows if row["status"] != "SUCCEEDED"] == []
    assert {row["image_tag"] for row in rows} == {old_tag, new_tag}
    through_the_migration = [
        row
        for row in rows
        if row["image_tag"] == old_tag
        and datetime.fromisoformat(row["started_at"]) < migrated < datetime.fromisoformat(row["completed_at"])
    ]
    assert through_the_migration
