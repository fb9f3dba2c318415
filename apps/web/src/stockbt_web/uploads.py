"""A price file that comes as a multipart request, from a program or from the data page."""

from collections.abc import Iterator

from flask import request
from stockbt_domain.errors import InvalidInput, Problem
from stockbt_domain.messages import Message
from stockbt_domain.problems import bounded, named, repeated
from stockbt_domain.usecases.import_data import Import, import_data
from werkzeug.exceptions import UnsupportedMediaType

from .services import services, workbench
from .text.languages import N_

_PIECE = 1 << 20
_TRUE, _FALSE = ("true", "1", "on", "yes"), ("false", "0", "off", "no", "")
_FIELDS = ("ticker", "timeframe", "adjust")


def import_upload() -> Import:
    """Import the file of this request. Raises InvalidInput with every wrong field and line, 413 and 415."""
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType(
            N_("Send the file as multipart/form-data with file, ticker, timeframe, adjust.")
        )
    s, bench = services(), workbench()
    request.max_content_length = s.max_upload_bytes
    form, files = request.form, request.files
    problems = [
        # A part without a name has None for it.
        Problem.of(named(name or ""), Message("UNKNOWN_FIELD.import"), ["file", *_FIELDS])
        for name in [*form, *files]
        if name not in ("file", *_FIELDS)
    ]
    parts = [*form.items(multi=True), *files.items(multi=True)]
    problems += [
        Problem.of(name, Message("REPEATED_FIELD"))
        for name in repeated(name or "" for name, _ in parts)
        if name in ("file", *_FIELDS)
    ]
    if "file" not in files or not files["file"].filename:
        problems.append(Problem.of("file", Message("REQUIRED.file")))
    if not form.get("ticker"):
        problems.append(Problem.of("ticker", Message("REQUIRED.ticker")))
    adjust = form.get("adjust", "").lower()
    if adjust not in (*_TRUE, *_FALSE):
        problems.append(Problem.of("adjust", Message("NOT_ALLOWED.boolean"), ["true", "false"]))
    if problems:
        raise InvalidInput(bounded(problems))
    upload = files["file"]

    def pieces() -> Iterator[bytes]:
        while piece := upload.stream.read(_PIECE):
            yield piece

    return import_data(
        pieces(),
        ticker=form["ticker"],
        timeframe=form.get("timeframe") or "1d",
        adjust=adjust in _TRUE,
        source=f"upload {upload.filename or ''}".strip()[:255],
        datasets=bench.datasets,
        read_bars=bench.read_bars,
        clock=bench.clock,
    )
