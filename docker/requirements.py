"""Print what our packages need from others, one requirement a line."""

import sys
import tomllib
from pathlib import Path

UNUSED = ("pandas",)
"""Needed by the Python module `stockbt` for a person's notebook; no process of the image imports it."""

EXTRAS = ("tracing",)
"""Optional to a laptop, and there for whoever configures them in a cluster."""


def requirements(root: Path) -> list[str]:
    """Return the requirements of every member under `root` that are not members themselves."""
    found: set[str] = set()
    for member in sorted(root.glob("*/*/pyproject.toml")):
        project = tomllib.loads(member.read_text())["project"]
        found.update(project["dependencies"])
        for extra in EXTRAS:
            found.update(project.get("optional-dependencies", {}).get(extra, ()))
    return sorted(line for line in found if not line.startswith(("stockbt-", *UNUSED)))


if __name__ == "__main__":
    print(*requirements(Path(sys.argv[1])), sep="\n")
