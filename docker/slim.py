"""Leave in a virtual environment what a process imports, with bytecode: no tests, headers or stubs."""

import compileall
import py_compile
import shutil
import sys
from pathlib import Path

FOLDERS = {"tests", "test", "testing", "_pyinstaller", "include", "sample_data", "__pycache__"}
UNUSED = ("pycparser", "pycparser-*", "contourpy", "contourpy-*")
"""cffi reads C declarations when a package is built; matplotlib's contour plots are not ours."""
LANGUAGES = ("root", "en", "ko")
"""Those that the pages speak; Babel brings a thousand more."""
FILES = ("conftest.py", "*.pyi", "*.pyx", "*.pxd", "*.h", "*.c", "*.a", "*.lib")


def slim(packages: Path) -> None:
    """Delete what FOLDERS and FILES name under a folder of packages."""
    for folder in sorted(packages.rglob("*"), reverse=True):
        if folder.is_dir() and folder.name in FOLDERS:
            shutil.rmtree(folder)
    for pattern in UNUSED:
        for folder in packages.glob(pattern):
            shutil.rmtree(folder)
    for file in packages.glob("babel/locale-data/*.dat"):
        if file.stem.partition("_")[0] not in LANGUAGES:
            file.unlink()
    for pattern in FILES:
        for file in packages.rglob(pattern):
            file.unlink()


def compile_all(packages: Path) -> None:
    """Write bytecode that is never checked against its source's time."""
    compileall.compile_dir(
        packages, quiet=1, workers=0, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
    )


if __name__ == "__main__":
    for folder in Path(sys.argv[1]).glob("lib/python3*/site-packages"):
        slim(folder)
        compile_all(folder)
