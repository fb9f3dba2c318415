"""A `stockbt web` in a process of its own, with real workers on a real database."""

import json
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.ports import reserved_port
from tests.waiting import until

OURS = ("DATABASE_URL", "DB_", "JOB_LAUNCHER_MODE", "STOCKBT_", "IMAGE_TAG", "ENGINE_VERSION", "RUN_ID")
"""What variables of the product begin with."""


@dataclass
class Site:
    """A running web app."""

    url: str
    process: "subprocess.Popen[bytes]"
    log: Path
    home: Path

    def call(
        self, method: str, path: str, body: object = None, data: bytes | None = None, **headers: str
    ) -> tuple[int, Any]:
        """Return (status, JSON) of one request."""
        if body is not None:
            data = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def run(self, body: dict[str, Any], deadline: float = 60) -> dict[str, Any]:
        """Submit a backtest and return its run once it has ended."""
        status, made = self.call("POST", "/run_backtest", body)
        assert status == 202, made
        return self.ended(made["run_id"], deadline)

    def ended(self, run_id: str, deadline: float = 60) -> dict[str, Any]:
        """Return the run once it has ended."""

        def look() -> dict[str, Any] | None:
            run: dict[str, Any] = self.call("GET", f"/status/{run_id}")[1]
            return run if run["status"] in ("SUCCEEDED", "FAILED") else None

        return until(look, deadline, f"run {run_id} ends")

    def upload(self, content: bytes, ticker: str, **fields: str) -> tuple[int, Any]:
        """Import a price file."""
        edge = "a-boundary-of-our-own"
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'
            for n, v in fields.items()
        ]
        parts.append(f'--{edge}\r\nContent-Disposition: form-data; name="ticker"\r\n\r\n{ticker}\r\n')
        parts.append(
            f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="f.csv"\r\n'
            "Content-Type: text/csv\r\n\r\n"
        )
        data = "".join(parts).encode() + content + f"\r\n--{edge}--\r\n".encode()
        return self.call(
            "POST", "/api/datasets", data=data, **{"Content-Type": f"multipart/form-data; boundary={edge}"}
        )


def start(home: Path, **env: str) -> Site:
    """Start `stockbt web` on a free port and wait until it is ready."""
    port = reserved_port()
    home.mkdir(parents=True, exist_ok=True)
    log = home / "web.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "stockbt_cli", "web", "--port", str(port)],
            env={**outside_environment(), "STOCKBT_HOME": str(home), **env},
            stdout=out,
            stderr=out,
            start_new_session=True,  # so that a test can kill all of it, and nothing else
        )
    site = Site(f"http://127.0.0.1:{port}", process, log, home)

    def ready() -> bool:
        assert process.poll() is None, log.read_text()
        try:
            return site.call("GET", "/ready")[0] == 200
        except OSError:
            return False

    until(ready, 60, "the web app is ready")
    return site


def stop(site: Site) -> None:
    """Stop the web app as an operator does."""
    site.process.terminate()
    try:
        site.process.wait(40)
    finally:
        site.process.kill()


@contextmanager
def running_web(home: Path | None = None, **env: str) -> Iterator[Site]:
    """Yield a web app as long as the block lasts, without a `home` in a folder that goes with it."""
    with tempfile.TemporaryDirectory(prefix="stockbt-web-") as folder:
        site = start(home or Path(folder), **env)
        try:
            yield site
        finally:
            stop(site)


def outside_environment() -> dict[str, str]:
    """Return this process's environment without any setting of the product."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
