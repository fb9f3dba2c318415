"""Every picture in the documents comes from a source in the repository, and from its present one."""

import re
import subprocess
from pathlib import Path

import pytest

from docs.figures.render import IMAGES, digest, drawn_from, sources
from tests.docs.blocks import ROOT
from tests.programs import program

SCREENSHOTS = (ROOT / "tests" / "browser" / "screenshots.py").read_text()


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.stem)
def test_a_figure_was_drawn_from_its_present_source(source: Path) -> None:
    """`make figures` draws it again; a picture carries the digest of what it was drawn from."""
    assert drawn_from(sources()[source]) == digest(source)


def test_every_picture_has_a_source() -> None:
    """A figure's, or the program that takes pictures of the running product."""
    of_the_product = re.compile(r"dashboard_hero|(?:ui_\w+?)(?:_390|_light)?$")
    taken = {
        picture
        for picture in IMAGES.glob("*.png")
        if of_the_product.match(picture.stem)
        and re.sub(r"_390$|_light$", "", picture.stem) in re.findall(r"\w+", SCREENSHOTS)
    }

    assert taken
    assert set(IMAGES.glob("*.png")) - taken == set(sources().values())


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.stem)
def test_a_figures_source_can_be_drawn(source: Path) -> None:
    """Without a complaint of Graphviz."""
    dot = program("dot", "Debian's graphviz")
    done = subprocess.run([dot, "-Tsvg", source], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
