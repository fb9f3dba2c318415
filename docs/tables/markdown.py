"""Markdown as the parts are made of."""

from collections.abc import Iterable, Sequence


def table(heading: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table; a bar within a cell does not end it."""
    lines = ["|".join(_cells(heading)), "|".join("---" for _ in heading)]
    lines += ["|".join(_cells(row)) for row in rows]
    return "\n".join(f"|{line}|" for line in lines)


def _cells(row: Iterable[object]) -> Iterable[str]:
    for cell in row:
        text = str(cell).replace("|", "\\|")
        yield f" {text} " if text else " "


def code(text: object) -> str:
    """Return a name or a value in code letters; nothing for nothing."""
    return f"`{text}`" if str(text) else ""


def codes(values: Iterable[object]) -> str:
    """Return several of them."""
    return ", ".join(code(value) for value in values)


def number(value: float) -> str:
    """Return a number as a person writes it: 100,000 and 0.001 and 1e12."""
    return f"{value:.0e}".replace("e+", "e") if value >= 1e9 else f"{value:,.15g}"


def fenced(language: str, text: str) -> str:
    """Return a block of code."""
    return f"```{language}\n{text.rstrip()}\n```"
