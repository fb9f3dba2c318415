"""`stockbt web`."""

import click

from ..exit_codes import Exit


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port.")
def web(host: str, port: int) -> Exit:
    """Serve the dashboard and the HTTP API on this machine until stopped."""
    from stockbt_web.serve import serve

    try:
        serve(host, port)
    except SystemExit as end:  # gunicorn leaves this way, with its own codes
        return Exit.COULD_NOT if end.code else Exit.DONE
    return Exit.DONE
