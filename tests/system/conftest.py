"""The real thing: the web app in its own process, with real workers on a real database."""

from collections.abc import Iterator

import pytest

from tests.running_web import Site, running_web


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """A web app on the embedded database, for all tests that leave it as it was."""
    with running_web() as site:
        yield site
