"""`stockbt web`."""

import socket
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import cast

import click
from stockbt_domain.errors import StockbtError

from ..exit_codes import Exit


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port.")
def web(host: str, port: int) -> Exit:
    """Serve the dashboard and the HTTP API on this machine until stopped."""
    _claim(host, port)
    serve = _server()
    try:
        serve(host, port)
    except SystemExit as end:  # gunicorn leaves this way, with its own codes
        return Exit.COULD_NOT if end.code else Exit.DONE
    return Exit.DONE


def _server() -> Callable[[str, int], None]:
    """Return what serves the web app. Raises StockbtError where it is not installed."""
    for point in entry_points(group="stockbt.apps", name="web"):
        return cast("Callable[[str, int], None]", point.load())
    raise StockbtError("the web app is not installed here; install the package stockbt-web")


def _claim(host: str, port: int) -> None:
    """Raise a sentence at once where nothing can listen; the server itself would try for seconds."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except OSError as error:
        raise StockbtError(f"nothing can listen at {host}:{port}: {error.strerror or error}") from error
