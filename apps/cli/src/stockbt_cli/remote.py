"""The backend of a server: a client of the HTTP API with the standard library."""

import json
import secrets
import time
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import OpenerDirector, ProxyHandler, Request, build_opener

from stockbt_domain.documents.tables import TABLES
from stockbt_domain.errors import (
    Conflict,
    InvalidInput,
    LauncherUnavailable,
    NotFound,
    Problem,
    StockbtError,
    StorageUnavailable,
)
from stockbt_exports.run_files import WHOLE_FILES, run_json
from stockbt_reporting.chart_names import CHARTS

from .backend import RequestRefused, Tell

TIMEOUT_SECONDS = 60.0
PATIENCE_SECONDS = 60.0
"""How long a server that answers no more is asked again for the end of a run."""

_HERE = ("localhost", "127.0.0.1", "::1")
_KINDS: dict[int, type[StockbtError]] = {404: NotFound, 409: Conflict, 503: StorageUnavailable}


class ServerUnreachable(LauncherUnavailable):
    """The server did not answer: nothing is known and nothing may be concluded."""


class ServerError(StockbtError):
    """The server answered that it could not do it, or with something that is no answer of ours."""


class RemoteBackend:
    """Answers from the server at `url`."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        # A proxy that the environment names is not the way to this machine itself.
        here = urlsplit(url).hostname in _HERE
        self._opener: OpenerDirector = build_opener(ProxyHandler({})) if here else build_opener()

    def submit(self, text: str) -> str:
        """Send a request. Raises RequestRefused."""
        return str(self._member("run_id", "POST", "/run_backtest", text.encode()))

    def follow(self, run_id: str, tell: Tell) -> None:
        """Ask until the run has ended; a server that is away for a moment is asked again."""
        pause, before, patience = 0.05, "PENDING", time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                state = str(self._member("status", "GET", f"/status/{quote(run_id, safe='')}?series=none"))
            except (ServerUnreachable, StorageUnavailable):
                if time.monotonic() > patience:
                    raise
                state = before
            else:
                patience = time.monotonic() + PATIENCE_SECONDS
            if state in ("SUCCEEDED", "FAILED"):
                return
            if state != before:
                tell(f"run {run_id} is {state}")
            before = state
            time.sleep(pause)
            pause = min(pause * 1.5, 1.0)

    def run(self, run_id: str, *, series: bool = True) -> dict[str, Any]:
        """Return the run. Raises NotFound."""
        return self._json("GET", f"/status/{quote(run_id, safe='')}{'' if series else '?series=none'}")

    def runs(self, filters: Mapping[str, str | int | None]) -> dict[str, Any]:
        """Return a page of runs."""
        given = {name: value for name, value in filters.items() if value is not None}
        return self._json("GET", f"/api/runs?{urlencode(given)}")

    def cancel(self, run_id: str) -> dict[str, Any]:
        """End an open run. Raises NotFound, Conflict."""
        return self._json("POST", f"{_path(run_id)}/cancel", b"")

    def reproduce(self, run_id: str) -> str:
        """Start a repetition. Raises NotFound, Conflict."""
        return str(self._member("run_id", "POST", f"{_path(run_id)}/reproduce", b""))

    def exported(self, run_id: str) -> Iterator[tuple[str, bytes]]:
        """Yield a succeeded run's files. Raises NotFound, Conflict."""
        document = self.run(run_id)
        if document["status"] != "SUCCEEDED":
            raise Conflict(f"run {run_id} is {document['status']}: only a SUCCEEDED run has a result")
        yield "run.json", run_json(document)
        for name in TABLES:
            yield f"{name}.csv", self._ask("GET", f"{_path(run_id)}/{name}.csv")
        for name in CHARTS:
            yield f"charts/{name}.png", self._ask("GET", f"{_path(run_id)}/charts/{name}.png")
        for name in WHOLE_FILES:
            yield name, self._ask("GET", f"{_path(run_id)}/{name}")

    def import_file(self, path: Path, *, ticker: str, timeframe: str, adjust: bool) -> dict[str, Any]:
        """Send a price file. Raises InvalidInput with every wrong line."""
        fields = {"ticker": ticker, "timeframe": timeframe, "adjust": "true" if adjust else "false"}
        boundary = secrets.token_hex(16)
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        name = "".join(
            letter if letter.isprintable() and letter not in '"\\' else "?" for letter in path.name
        )
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = b"".join([*parts, head.encode(), path.read_bytes(), f"\r\n--{boundary}--\r\n".encode()])
        return self._json("POST", "/api/datasets", body, f"multipart/form-data; boundary={boundary}")

    def datasets(self) -> dict[str, Any]:
        """Return the newest version of every instrument."""
        return self._json("GET", "/api/datasets")

    def dataset(self, ticker: str) -> dict[str, Any]:
        """Return an instrument's versions. Raises NotFound."""
        return self._json("GET", f"/api/datasets/{quote(ticker, safe='')}")

    def rules(self) -> list[dict[str, Any]]:
        """Return every rule of the server."""
        found: list[dict[str, Any]] = self._member("rules", "GET", "/api/rules")
        return found

    def _member(self, name: str, method: str, path: str, body: bytes | None = None) -> Any:
        try:
            return self._json(method, path, body)[name]
        except KeyError as error:
            raise ServerError(f"what answers at {self._url} is not stockbt: it sent no {name}") from error

    def _json(
        self, method: str, path: str, body: bytes | None = None, kind: str | None = None
    ) -> dict[str, Any]:
        answer = _document(self._ask(method, path, body, kind))
        if answer is None:
            raise ServerError(f"what answers at {self._url} is not stockbt: it sent no JSON object")
        return answer

    def _ask(self, method: str, path: str, body: bytes | None = None, kind: str | None = None) -> bytes:
        headers = {"Accept": "*/*" if path.endswith((".csv", ".png")) else "application/json"}
        if body is not None:
            # urllib would call it a form, and a form is answered as a browser wants it.
            headers["Content-Type"] = kind or "application/json"
        request = Request(self._url + path, body, headers, method=method)
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                content: bytes = response.read()
                return content
        except HTTPError as error:
            with error:
                raise _translated(error.code, _document(error.read()), self._url) from error
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            raise ServerUnreachable(f"the server at {self._url} cannot be reached: {reason}") from error


def _path(run_id: str) -> str:
    return f"/api/runs/{quote(run_id, safe='')}"


def _document(content: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _translated(code: int, document: Mapping[str, Any] | None, url: str) -> StockbtError:
    """Return the error that the server's answer stands for."""
    if document is None or not isinstance(document.get("detail"), str):
        return ServerError(f"the server at {url} answered {code} without a reason: is it stockbt?")
    errors = document.get("errors")
    if code == 400 and isinstance(errors, list):
        problems = (
            Problem(str(e.get("field")), str(e.get("code")), str(e.get("message")), e.get("allowed"))
            for e in errors
            if isinstance(e, dict)
        )
        return RequestRefused(tuple(problems), str(document.get("run_id", "")))
    if code == 413 or code == 415 or code == 400:
        return InvalidInput((Problem("body", "REFUSED", document["detail"]),))
    return _KINDS.get(code, ServerError)(document["detail"])
