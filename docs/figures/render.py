"""Draws every figure of this folder into docs/images (`make figures`; needs Graphviz).

A picture carries the SHA-256 of the source that it was drawn from, so that a test can tell a stale one
without drawing it again.
"""

import hashlib
import io
import subprocess
import sys
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

FIGURES = Path(__file__).parent
IMAGES = FIGURES.parent / "images"
SOURCE = "stockbt:source-sha256"


def sources() -> dict[Path, Path]:
    """Return where each figure's picture is, by its source."""
    return {source: IMAGES / f"{source.stem}.png" for source in sorted(FIGURES.glob("*.dot"))}


def digest(source: Path) -> str:
    """Return what a picture of this source carries."""
    return hashlib.sha256(source.read_bytes()).hexdigest()


def drawn_from(picture: Path) -> str | None:
    """Return the digest of the source that a picture was drawn from, None where it carries none."""
    with Image.open(picture) as image:
        told = image.info.get(SOURCE)
        return told if isinstance(told, str) else None


def draw(source: Path, picture: Path) -> None:
    """Draw one figure; its file says by `layout` which of Graphviz's programs places the nodes."""
    drawn = subprocess.run(["dot", "-Tpng", source], capture_output=True, check=True).stdout
    about = PngInfo()
    about.add_text(SOURCE, digest(source))
    with Image.open(io.BytesIO(drawn)) as image:
        flat = image.convert("RGB").quantize(128, dither=Image.Dither.NONE)
        flat.save(picture, pnginfo=about, optimize=True)


if __name__ == "__main__":
    try:
        for source, picture in sources().items():
            draw(source, picture)
            print(picture.relative_to(FIGURES.parent.parent))
    except FileNotFoundError:
        sys.exit("figures: needs Graphviz (`dot`); Debian's package is graphviz")
