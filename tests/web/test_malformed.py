"""Requests that are none: the real server answers each with less than 500, and nothing of ours fails."""

import socket
from collections.abc import Iterator

import pytest

from tests.running_web import running_web

SECONDS = 10.0
HEAD = b"Host: 127.0.0.1\r\nConnection: close\r\n"
BODIES = {
    "application/json": ["/run_backtest", "/api/strategies"],
    "application/x-www-form-urlencoded": ["/run_backtest", "/runs/actions"],
    "multipart/form-data; boundary=x": ["/api/datasets", "/data"],
}
CHUNKS = (
    b"zz\r\nhello\r\n0\r\n\r\n",
    b"-5\r\nhello\r\n0\r\n\r\n",
    b"5\x00\r\nhello\r\n0\r\n\r\n",
    b"5;\x01\n\r\nhello\r\n0\r\n\r\n",
    b"5\r\nhelloXX0\r\n\r\n",
    b"5\r\nhel",
    b"0\r\nbad trailer\r\n\r\n",
    b"",
)
HEADERS = (
    b"SCRIPT_NAME: /x",
    b"SCRIPT-NAME: /x",
    b"SCRIPT_NAME: %00\\",
    b"PATH_INFO: //evil.example/",
    b"X-Forwarded-Proto: https\r\nX-Forwarded-Ssl: off",
    b"Origin: http://[",
    b"Content-Length: abc",
    b"Content-Length: 5\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: gzip",
    b"Accept: %%%;q=zz",
    b"Accept-Language: \xff\xfe",
    b"Cookie: lang=\xff",
    b'If-None-Match: \xff"',
    b"Host: [",
    b"Prefer: wait=99999999999",
)
PATHS = (
    b"*",
    b"//",
    b"/%",
    b"/%00",
    b"/%ff",
    b"/\xff",
    b"http://[/",
    b"/data/%00",
    b"/api/datasets/%ed%a0%80",
    b"/static/%2e%2e/x",
    b"/runs?cursor=%ff",
    b"/runs?q=%00&ticker=%ed%a0%80",
    b"/status/%00",
    b"/runs/export.csv?runs=zz",
)
METHODS = (b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"TRACE", b"CONNECT", b"BREW")


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    """Return where a `stockbt web` of its own listens."""
    with running_web() as site:
        host, _, port = site.url.removeprefix("http://").partition(":")
        yield host, int(port)


def status(address: tuple[str, int], request: bytes) -> int:
    """Return the status that the bytes of a request are answered with."""
    with socket.create_connection(address, SECONDS) as connection:
        connection.settimeout(SECONDS)
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as answer:
            return int(answer.readline().split(b" ")[1])


@pytest.mark.parametrize("kind", BODIES)
def test_a_malformed_chunk_is_a_bad_request(address: tuple[str, int], kind: str) -> None:
    """Whoever reads the body: JSON, a form or an upload."""
    for path in BODIES[kind]:
        head = f"POST {path} HTTP/1.1\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n".encode()
        answers = {chunk: status(address, head + HEAD + b"\r\n" + chunk) for chunk in CHUNKS}

        assert {chunk: code for chunk, code in answers.items() if not 400 <= code < 500} == {}


@pytest.mark.parametrize("path", [b"/", b"/health", b"/api/runs", b"/nowhere"])
def test_no_header_of_a_caller_makes_the_server_fail(address: tuple[str, int], path: bytes) -> None:
    """Nor does one from this machine choose which path was meant: it is trusted no more than others."""
    for header in HEADERS:
        for method in (b"GET", b"POST"):
            request = method + b" " + path + b" HTTP/1.1\r\n" + HEAD + header + b"\r\n\r\n"

            assert status(address, request) < 500, (method, header)
    meant = b"GET /health HTTP/1.1\r\n" + HEAD + b"SCRIPT_NAME: /x\r\nPATH_INFO: /nowhere\r\n\r\n"
    assert status(address, meant) == 200


@pytest.mark.parametrize("method", METHODS)
def test_no_path_makes_the_server_fail(address: tuple[str, int], method: bytes) -> None:
    """With whatever method."""
    for path in PATHS:
        assert status(address, method + b" " + path + b" HTTP/1.1\r\n" + HEAD + b"\r\n") < 500, path
