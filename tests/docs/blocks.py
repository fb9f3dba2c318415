"""The fenced blocks of the Markdown documents, and the commands in them."""

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
_HEREDOC = re.compile(r"<<'?(\w+)'?")
_REMARK = re.compile(r"\s+# .*$")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block; `file` names the file that it is the content of, where it is one."""

    page: Path
    line: int
    language: str
    body: str
    file: str | None = None

    @property
    def where(self) -> str:
        """Return page and line, for a message."""
        return f"{self.page.relative_to(ROOT)}, line {self.line}"

    @property
    def runs(self) -> bool:
        """True for a command or a program."""
        return self.language in ("sh", "python") and self.file is None

    def commands(self) -> tuple[str, ...]:
        """Return the commands of a block in `sh`, each on one line, without remarks and what they are fed."""
        found, end, begun = [], None, ""
        for line in self.body.replace("\\\n", " ").splitlines():
            if end is not None:
                end = None if line == end else end
                continue
            if heredoc := _HEREDOC.search(line):
                end = heredoc[1]
            begun += f"{line}\n" if begun else _REMARK.sub("", line)
            if begun.count("'") % 2:
                continue  # a text goes on in the next line
            command, begun = " ".join(begun.split()), ""
            if command and not command.startswith("#"):
                found.append(command)
        return tuple(found)


def documents() -> tuple[Path, ...]:
    """Return every Markdown document of the repository that a reader is meant to read."""
    return (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))


def translations() -> dict[Path, Path]:
    """Return the document that each translated one says in another language."""
    found = {ROOT / "README.ko.md": ROOT / "README.md"}
    found |= {page: ROOT / "docs" / page.name for page in sorted((ROOT / "docs" / "ko").rglob("*.md"))}
    return {page: original for page, original in found.items() if page.exists()}


def originals() -> tuple[Path, ...]:
    """Return the documents that are no translations: whose commands are run."""
    return tuple(page for page in documents() if page not in translations())


def prose(page: Path) -> str:
    """Return a page without its fenced blocks."""
    return _FENCE.sub("", page.read_text())


def blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page in order. `<!-- file: NAME -->` before one makes it a file."""
    text = page.read_text()
    for found in _FENCE.finditer(text):
        note = found["note"] or ""
        yield Block(
            page,
            text.count("\n", 0, found.start("ticks")) + 1,
            found["language"],
            found["body"],
            file=note.removeprefix("file: ") if note.startswith("file: ") else None,
        )
