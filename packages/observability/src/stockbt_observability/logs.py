"""JSON logs: one object a line, with the fields of `extra`, the app and, where there is one, the run_id."""

import logging
import sys
from typing import TextIO

_KEPT = {"taskName", "color_message"}  # what asyncio and gunicorn add and nobody reads


def configure_logging(app: str, *, stream: TextIO | None = None, level: str = "INFO") -> None:
    """Send every logger's records as JSON lines to `stream` (standard output), replacing what was set.

    A record's `extra` fields become fields of the line; a trace goes into `exc_info`.
    """
    from pythonjsonlogger.json import JsonFormatter

    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(
        JsonFormatter(
            "{asctime}{levelname}{name}{message}{process}",
            style="{",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger", "process": "pid"},
            static_fields={"app": app},
            reserved_attrs=[*_standard_attributes(), *_KEPT],
            datefmt="%Y-%m-%dT%H:%M:%S%z",
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("alembic").setLevel("WARNING")  # its plug-ins announce themselves at INFO


def _standard_attributes() -> list[str]:
    return list(logging.makeLogRecord({}).__dict__)
