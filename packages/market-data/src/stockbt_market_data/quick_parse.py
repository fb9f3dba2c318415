"""The fast way through the ordinary lines of a price file: numpy parses thousands at a time.

It refuses to judge: where anything is out of the ordinary it returns None and `file_format` decides.
Numbers are those of `float`, since numpy's reader rounds correctly too.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .file_format import FIRST_MICROS, LAST_MICROS, PRICES

ORDINARY = b"0123456789-:.TZ+eE, \r\n"
"""The bytes of ordinary lines: without letters and quotes, what numpy reads as a number is one."""

TIME_WIDTH = 32
ZERO, NINE = ord("0"), ord("9")

Rows = dict[str, npt.NDArray[np.float64] | npt.NDArray[np.int64]]


def parse(
    block: bytes, columns: Sequence[str], *, timeframe: str, adjust: bool, after: int | None
) -> Rows | None:
    """Return time (int64 microseconds), open, high, low, close and volume of complete lines.

    `after` is the time of the line before. None when a line is wrong, blank, or only unusual.
    """
    if block.translate(None, ORDINARY) or not block.endswith(b"\n"):
        return None
    dtype = np.dtype([(key, f"S{TIME_WIDTH}" if key == "date" else "f8") for key in columns])
    text = block.decode("ascii").replace("\r\n", "\n")
    lines = text.split("\n")[:-1]
    if "\r" in text or not all(lines):
        return None
    try:
        table = np.loadtxt(lines, dtype=dtype, delimiter=",", comments=None, ndmin=1)
    except ValueError:
        return None
    time = times(table["date"], timeframe)
    if len(table) != len(lines) or time is None:
        return None
    if (after is not None and time[0] <= after) or not (time[1:] > time[:-1]).all():
        return None
    return scaled(table, time, adjust=adjust)


def scaled(table: npt.NDArray[np.void], time: npt.NDArray[np.int64], *, adjust: bool) -> Rows | None:
    """Return the rows with prices as asked for, or None when a value is out of its range."""
    for key in table.dtype.names or ():
        if key != "date":
            values = table[key]
            above = values >= 0 if key == "volume" else values > 0
            if not (above & (values < np.inf)).all():
                return None
    if not (table["high"] >= table["low"]).all():
        return None
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        scale = table["adj"] / table["close"] if adjust else np.float64(1.0)
        rows: Rows = {"time": time} | {key: table[key] * scale for key in PRICES}
    if adjust and not all(((rows[key] > 0) & (rows[key] < np.inf)).all() for key in PRICES):
        return None
    return rows | {"volume": table["volume"].copy()}


def times(texts: npt.NDArray[np.bytes_], timeframe: str) -> npt.NDArray[np.int64] | None:
    """Return microseconds of times that all have one layout: a date, or a time to the second.

    An offset is taken when every line has the same length; other layouts give None.
    """
    letters = texts.astype(f"S{TIME_WIDTH}").view(np.uint8).reshape(len(texts), TIME_WIDTH)
    width = len(texts[0])
    layout = {10: "", 19: "", 20: "Z", 25: "+00:00"}.get(width)
    if layout is None or letters[:, width:].any() or not (letters[:, width - 1] != 0).all():
        return None
    pattern = ("0000-00-00 00:00:00"[: min(width, 19)] + layout).encode()
    for place, wanted in enumerate(pattern):
        column = letters[:, place]
        if not fits(column, wanted, place).all():
            return None
    try:
        micros = texts.astype(f"S{min(width, 19)}").astype("M8[us]").astype(np.int64)
    except ValueError:
        return None
    ahead = offsets(letters) if width == 25 else np.int64(0)
    if ahead is None or not in_calendar(micros):
        return None
    if timeframe == "1d":
        return None if (micros % 86_400_000_000).any() else micros
    return micros - ahead if in_calendar(micros - ahead) else None


def in_calendar(micros: npt.NDArray[np.int64]) -> bool:
    """Return whether all times are in the years 1 to 9999."""
    return bool(micros.min() >= FIRST_MICROS and micros.max() <= LAST_MICROS)


def fits(column: npt.NDArray[np.uint8], wanted: int, place: int) -> npt.NDArray[np.bool_]:
    """Return where the letters are of the kind that the pattern wants at this place."""
    kinds: npt.NDArray[np.bool_]
    if wanted == ZERO:
        kinds = (column >= ZERO) & (column <= NINE)
    elif place == 10:
        kinds = (column == ord(" ")) | (column == ord("T"))
    elif wanted == ord("+"):
        kinds = (column == ord("+")) | (column == ord("-"))
    else:
        kinds = column == wanted
    return kinds


def offsets(letters: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64] | None:
    """Return the microseconds by which `+HH:MM` at the end of each line is ahead of UTC."""
    digits = letters.astype(np.int64) - ZERO
    hours = digits[:, 20] * 10 + digits[:, 21]
    minutes = digits[:, 23] * 10 + digits[:, 24]
    if (hours > 23).any() or (minutes > 59).any():
        return None
    ahead = (hours * 60 + minutes) * 60_000_000
    return np.where(letters[:, 19] == ord("-"), -ahead, ahead)
