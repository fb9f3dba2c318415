"""The fenced blocks of the Markdown documents, and what is to be done with each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

_FENCE = re.compile(
    r"(?:^<!-- (?P<note>[^\n]*?) -->\n)?"
    r"^(?P<ticks>```+)(?P<language>[\w-]*)[^\n]*\n(?P<body>.*?)^(?P=ticks)$",
    re.MULTILINE | re.DOTALL,
)
_RUN = ("sh", "python")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: `file` names the file that it is the content of; `excuse` says why it is not run."""

    page: Path
    line: int
    language: str
    body: str
    file: str | None = None
    excuse: str | None = None

    @property
    def runs(self) -> bool:
        """True for a command or a program that the tests execute."""
        return self.language in _RUN and self.excuse is None and self.file is None


def documents() -> tuple[Path, ...]:
    """Return every Markdown document of the repository that a reader is meant to read."""
    return (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))


def blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page in order.

    A comment on the line before says what is special: `<!-- file: NAME -->`, or `<!-- not run: WHY -->`.
    """
    text = page.read_text()
    for found in _FENCE.finditer(text):
        note = found["note"] or ""
        yield Block(
            page,
            text.count("\n", 0, found.start("ticks")) + 1,
            found["language"],
            found["body"],
            file=note.removeprefix("file: ") if note.startswith("file: ") else None,
            excuse=note.removeprefix("not run: ") if note.startswith("not run: ") else None,
        )
