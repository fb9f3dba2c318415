"""The options that every command shares, and the backend that they choose."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import click

from .backend import Backend

if TYPE_CHECKING:
    from .machine import Machine

C = TypeVar("C", bound=Callable[..., Any])

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document on standard output, nothing else."
)


def _checked(context: click.Context, parameter: click.Parameter, url: str | None) -> str | None:
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        known = False
    if not known or not url.isascii() or not url.isprintable() or " " in url or parts.query or parts.fragment:
        raise click.BadParameter(f"must be a URL such as http://localhost:8000, not {url!a}")
    return url


server_option = click.option(
    "--server", metavar="URL", callback=_checked, help="Ask this server instead of this machine's database."
)


def json_and_server(command: C) -> C:
    """Give a command `--json` and `--server`."""
    return json_option(server_option(command))


@contextmanager
def open_backend(server: str | None) -> Iterator[Backend]:
    """Open the backend that answers: the server's, or this machine's."""
    if server is not None:
        from .remote import RemoteBackend

        yield RemoteBackend(server)
        return
    from .local import LocalBackend

    with this_machine() as opened:
        yield LocalBackend(opened)


@contextmanager
def this_machine(*, ready: bool = True, level: str = "ERROR") -> Iterator["Machine"]:
    """Open this machine's database, with logs on standard error; see `bootstrap.machine`."""
    from stockbt_observability.logs import configure_logging

    from .bootstrap import machine

    configure_logging("cli", stream=sys.stderr, level=level)
    with machine(os.environ, ready=ready) as opened:
        yield opened


@contextmanager
def stopped_by_sigterm() -> Iterator[None]:
    """Let SIGTERM end a run as Ctrl-C does, so that no row is left open."""

    def stop(signum: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
