"""Programs beside Python that some tests call."""

import os
import shutil

import pytest


def program(name: str, where_from: str) -> str:
    """Return the program's path; where it is missing, skip, and in CI fail: it has every program."""
    found = shutil.which(name)
    if found is None:
        assert not os.environ.get("CI"), f"CI needs {name} ({where_from})"
        pytest.skip(f"needs {name} ({where_from})")
    return found
