"""Serves the bare Git repositories of a folder over HTTP, for an Argo CD in a kind cluster on this machine.

usage: python3 k8s/kind/git_server.py FOLDER PORT

It answers whoever reaches the port and only reads: `git http-backend` refuses a push without an account.
"""

import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Git(BaseHTTPRequestHandler):
    """Hands each request to git's own CGI program."""

    def do_GET(self) -> None:
        """Answer a fetch, or the question that comes before it."""
        path, _, query = self.path.partition("?")
        length = int(self.headers.get("Content-Length") or 0)
        environment = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(Path(sys.argv[1]).resolve()),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(length),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        answer = subprocess.run(
            ["git", "http-backend"], input=self.rfile.read(length), env=environment, capture_output=True
        ).stdout
        head, _, body = answer.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: Argo CD asks all the time."""


if __name__ == "__main__":
    ThreadingHTTPServer(("", int(sys.argv[2])), Git).serve_forever()
