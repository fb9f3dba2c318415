"""Fixtures of the domain's tests."""

import pytest

from .world import World


@pytest.fixture
def world() -> World:
    """Return a fresh product in memory."""
    return World()
