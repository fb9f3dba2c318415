"""A translated document says what its original says, part by part."""

import re
from pathlib import Path

import pytest

from tests.docs.blocks import blocks, prose, translations
from tests.docs.test_links import links

_SPAN = re.compile(r"`([^`]+)`")  # may go on in the next line
PAIRS = [pytest.param(page, original, id=page.name) for page, original in translations().items()]


def test_what_is_promised_in_korean_is_there() -> None:
    """README, architecture and the guide for operators."""
    assert {original.name for original in translations().values()} == {
        "README.md",
        "architecture.md",
        "ops-guide.md",
    }


def outline(page: Path) -> list[str]:
    """Return what each line of the page is: a heading's level, a row with its cells, an item, a quotation."""
    lines = prose(page).splitlines()
    kinds = []
    for line in lines:
        if heading := re.match(r"#+ ", line):
            kinds.append(heading[0])
        elif line.startswith("|"):
            cells = len(re.findall(r"(?<!\\)\|", line)) - 1
            kinds.append(f"row of {cells}")
        elif item := re.match(r"(?:- |\d+\. )", line):
            kinds.append(item[0])
        elif line.startswith("![") or (line.startswith("> ") and (not kinds or kinds[-1] != "quoted")):
            kinds.append("picture" if line.startswith("!") else "quoted")
    return kinds


@pytest.mark.parametrize(("page", "original"), PAIRS)
def test_headings_tables_items_and_quotations_are_the_same(page: Path, original: Path) -> None:
    """In the same order; nothing is left out, nothing added."""
    assert outline(page) == outline(original)


@pytest.mark.parametrize(("page", "original"), PAIRS)
def test_commands_and_programs_are_the_same(page: Path, original: Path) -> None:
    """Byte for byte, so that what is run of the original holds for the translation."""
    assert [(b.language, b.body) for b in blocks(page)] == [(b.language, b.body) for b in blocks(original)]


@pytest.mark.parametrize(("page", "original"), PAIRS)
def test_names_in_code_are_the_same(page: Path, original: Path) -> None:
    """Settings, states, files, error codes: none is translated, lost or invented."""

    def names(text: Path) -> set[str]:
        return {" ".join(span.split()) for span in _SPAN.findall(prose(text))}

    assert names(page) ^ names(original) == set()


@pytest.mark.parametrize(("page", "original"), PAIRS)
def test_links_lead_to_the_same_pages(page: Path, original: Path) -> None:
    """Or to their translations; each names the other in its first lines."""

    def targets(text: Path) -> list[Path]:
        found = [(text.parent / link.partition("#")[0]).resolve() for link in links(text) if link[0] != "#"]
        return sorted(
            translations().get(target, target) for target in found if target not in (page, original)
        )

    assert targets(page) == targets(original)
    for one, other in ((page, original), (original, page)):
        top = one.read_text().split("\n\n")[1]
        assert (one.parent / top.partition("](")[2].rstrip(")")).resolve() == other
