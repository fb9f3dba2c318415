"""Make the base image's Python ready to run and nothing else: no pip, and bytecode for its library.

The root file system is read-only at run time, so what is not compiled now is compiled at every start.
"""

import compileall
import os
import py_compile
import re
import shutil
import sys
import sysconfig
from pathlib import Path

INSTALLERS = (
    "pip",
    "setuptools",
    "wheel",
    "ensurepip",
    "pkg_resources",
    "_distutils_hack",
    "distutils-precedence",
)
FIXED = 315_532_800
"""The first day of 1980, where the times of zip files begin."""
NEVER_RUN = re.compile(r"/(test|tests|idlelib|tkinter|turtledemo|lib2to3|site-packages|dist-packages)(/|$)")


def remove_installers() -> None:
    """Delete what could install or build a package, wherever the base image has it."""
    standard = Path(sysconfig.get_path("stdlib"))
    places = {standard, *(Path(folder) for folder in sys.path if folder.endswith("-packages"))}
    for place in places:
        for name in INSTALLERS:
            for found in (place / name, *place.glob(f"{name}-*"), place / f"{name}.pth"):
                _remove(found)
    for program in ("pip", "pip3", f"pip{sys.version_info.major}.{sys.version_info.minor}", "wheel"):
        for folder in ("/usr/local/bin", "/usr/bin"):
            _remove(Path(folder) / program)
    _remove(Path("/usr/share/python-wheels"))


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def compile_library() -> None:
    """Write bytecode that is never checked against a file's time; what has some already is kept."""
    compileall.compile_dir(
        sysconfig.get_path("stdlib"),
        quiet=1,
        rx=NEVER_RUN,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )


def settle_times(since: float) -> None:
    """Give every file and folder that was changed here one fixed time, deepest first."""
    for root in (Path("/usr"), Path("/tmp")):
        for path in (*sorted(root.rglob("*"), reverse=True), root):
            if path.lstat().st_mtime >= since:
                os.utime(path, (FIXED, FIXED), follow_symlinks=False)


if __name__ == "__main__":
    began = Path(__file__).lstat().st_ctime
    remove_installers()
    compile_library()
    Path(__file__).unlink()
    settle_times(began)
