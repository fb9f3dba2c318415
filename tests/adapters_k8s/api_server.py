"""A small HTTP server that answers for Jobs as an API server does, and fails on demand as one fails.

What it says where it refuses was recorded from Kubernetes 1.34 (recorded_answers.json); that it behaves
like the real one is what the port's contract shows, which both have to pass.
"""

import json
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

Answer = tuple[int, dict[str, str], bytes]
RECORDED: dict[str, Any] = json.loads((Path(__file__).parent / "recorded_answers.json").read_text())


def recorded(name: str) -> Answer:
    """Return an answer as a real API server gave it."""
    answer = RECORDED[name]
    return answer["status"], answer["headers"], answer["body"].encode()


def as_json(status: int, body: Any) -> Answer:
    """Return an answer with a JSON body."""
    return status, {"Content-Type": "application/json"}, json.dumps(body).encode()


class ApiServer(ThreadingHTTPServer):
    """Jobs in memory. `faults` are met by the next requests, one each, in place of their answer:
    an answer to give, or a function that gets the answer's maker and returns one or None for silence.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.jobs: dict[str, dict[str, Any]] = {}
        self.faults: list[Answer | Callable[[Callable[[], Answer]], Answer | None]] = []
        self.requests: list[tuple[str, str, Any]] = []
        self.patience = threading.Event()
        """Set at the end of a test, so that no silent answer outlives it."""

    @property
    def url(self) -> str:
        """Return the address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def create(self, job: dict[str, Any]) -> dict[str, Any]:
        """Take a Job in, whoever made it, and return it as it is there."""
        made = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        own = {"uid": str(uuid.uuid4()), "creationTimestamp": made}
        there = {**job, "metadata": {**job["metadata"], **own}, "status": {}}
        self.jobs[job["metadata"]["name"]] = there
        return there

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay quiet: a client that has gone away is what some tests want."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ApiServer

    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet."""

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        self.server.requests.append((self.command, self.path, body))

        def answer() -> Answer:
            return self._answer(body)

        fault = self.server.faults.pop(0) if self.server.faults else None
        given = answer() if fault is None else fault(answer) if callable(fault) else fault
        if given is None:
            self.server.patience.wait(30)
            self.close_connection = True
            return
        status, headers, content = given
        self.send_response_only(status)
        own = {"Date": self.date_time_string(), "Content-Length": str(len(content))}
        for name, value in {**own, **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = _handle

    def _answer(self, body: Any) -> Answer:
        url = urlsplit(self.path)
        name = url.path.partition("/jobs")[2].lstrip("/")
        jobs = self.server.jobs
        if self.command == "POST":
            name = body["metadata"]["name"]
            return recorded("name_taken") if name in jobs else as_json(201, self.server.create(body))
        if not name:
            return self._list(parse_qs(url.query))
        if name not in jobs:
            return as_json(404, {"kind": "Status", "message": f'jobs.batch "{name}" not found', "code": 404})
        if self.command == "GET":
            return as_json(200, jobs[name])
        wanted = (body.get("preconditions") or {}).get("uid")
        if wanted and wanted != jobs[name]["metadata"]["uid"]:
            return as_json(409, {"kind": "Status", "message": "Precondition failed: UID", "code": 409})
        del jobs[name]
        return as_json(200, {"kind": "Status", "status": "Success"})

    def _list(self, query: dict[str, list[str]]) -> Answer:
        wanted = set(query.get("labelSelector", ()))
        found = [job for job in self.server.jobs.values() if wanted <= set(job["metadata"].get("labels", {}))]
        start, size = int(query.get("continue", ["0"])[0]), int(query["limit"][0])
        more = {"continue": str(start + size)} if start + size < len(found) else {}
        return as_json(200, {"kind": "JobList", "metadata": more, "items": found[start : start + size]})
