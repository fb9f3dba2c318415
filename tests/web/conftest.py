"""The web app on ports in memory: HTTP without a database, a process or a clock."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.domain.world import World

from .memory_app import memory_app


@pytest.fixture
def world() -> World:
    """Return a product in memory."""
    return World()


@pytest.fixture
def app(world: World) -> Flask:
    """Return the web app on it."""
    return memory_app(world)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a client of the app."""
    return app.test_client()
