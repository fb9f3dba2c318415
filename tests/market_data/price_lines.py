"""Price files for the tests: written by hand, or drawn by Hypothesis."""

from collections.abc import Iterator

from hypothesis import strategies as st
from stockbt_domain.errors import InvalidInput
from stockbt_domain.ports.bar_reader import PriceFile
from stockbt_market_data.csv_reader import read_csv

HEADER = "Date,Open,High,Low,Close,Volume"
COLUMNS = ("time", "open", "high", "low", "close", "volume")


def read(*lines: str, timeframe: str = "1d", adjust: bool = False, end: str = "\n") -> PriceFile:
    """Read a file with these lines."""
    return read_csv([(end.join(lines) + end).encode()], timeframe=timeframe, adjust=adjust)


def problems(*lines: str, timeframe: str = "1d", adjust: bool = False) -> list[tuple[str, str]]:
    """Return code and message of each problem with a file of these lines; none when it is accepted."""
    try:
        read(*lines, timeframe=timeframe, adjust=adjust)
    except InvalidInput as refused:
        assert {problem.field for problem in refused.problems} == {"file"}
        return [(problem.code, problem.message) for problem in refused.problems]
    return []


def outcome(content: bytes, *, timeframe: str, adjust: bool) -> object:
    """Return all that reading gives, in values that can be compared."""
    try:
        file = read_csv(pieces(content, 60), timeframe=timeframe, adjust=adjust)
    except InvalidInput as refused:
        return refused.problems
    return [getattr(file.bars, name).tobytes() for name in COLUMNS], file.findings


def pieces(content: bytes, size: int) -> Iterator[bytes]:
    """Yield the content cut into pieces of `size` bytes."""
    for start in range(0, len(content), size):
        yield content[start : start + size]


PRICES = st.floats(1e-3, 1e7) | st.floats(min_value=0, exclude_min=True, allow_infinity=False)
VOLUMES = st.integers(0, 10**12) | st.floats(0, 1e12)
LAYOUTS = {
    "1d": ("%Y-%m-%d", "%Y-%m-%dT00:00:00", "%Y-%m-%d 00:00:00Z", "%Y-%m-%d 00:00:00-05:00"),
    "5m": (
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%d %H:%M:%SZ",
        "%Y-%m-%dT%H:%M:%S+05:30",
        "%Y-%m-%dT%H:%M:%S.%f",
        "%Y-%m-%dT%H:%MZ",
    ),
}


@st.composite
def valid_files(draw: st.DrawFn) -> tuple[str, str]:
    """Draw a timeframe and a valid file for it."""
    timeframe = draw(st.sampled_from(sorted(LAYOUTS)))
    layout = draw(st.sampled_from(LAYOUTS[timeframe]))
    days = (
        st.dates() if timeframe == "1d" else st.datetimes().map(lambda t: t.replace(second=0, microsecond=0))
    )
    moments = draw(st.lists(days, min_size=1, max_size=12, unique=True).map(sorted))
    names = draw(st.permutations(["Date", "Open", "High", "Low", "Close", "Adj Close", "Volume"]))
    lines = [",".join(names)]
    for moment in moments:
        low, high = sorted((draw(PRICES), draw(PRICES)))
        values = {
            # strftime does not pad the year on every platform.
            "Date": moment.strftime(layout.replace("%Y", f"{moment.year:04d}")),
            "Open": repr(draw(PRICES)),
            "High": repr(high),
            "Low": repr(low),
            "Close": repr(draw(PRICES)),
            "Adj Close": repr(draw(PRICES)),
            "Volume": repr(draw(VOLUMES)),
        }
        lines.append(",".join(values[name] for name in names))
    return timeframe, "\n".join(lines) + "\n"


SCRAPS = st.sampled_from(
    [
        "",
        " ",
        ",",
        "-",
        "+",
        ".",
        "e",
        "0",
        "00",
        "9",
        "nan",
        "inf",
        '"',
        "\r",
        "\n",
        "\t",
        "T",
        "Z",
        "_",
        "é",
        "٣",
        "\0",
    ]
)


@st.composite
def damaged_files(draw: st.DrawFn) -> tuple[str, str]:
    """Draw a timeframe and a valid file with a few letters replaced: most are wrong, some are not."""
    timeframe, text = draw(valid_files())
    for _ in range(draw(st.integers(1, 2))):
        place = draw(st.integers(text.index("\n") + 1, len(text)))
        length = draw(st.integers(0, 2))
        text = text[:place] + draw(SCRAPS) + text[place + length :]
    return timeframe, text
