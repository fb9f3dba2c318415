"""The web app on ports in memory: HTTP without a database, a process or a clock."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from stockbt_market_data.csv_reader import read_csv
from stockbt_web.app import make_app
from stockbt_web.services import Services

from tests.domain.world import World


@pytest.fixture
def world() -> World:
    """Return a product in memory."""
    return World()


@pytest.fixture
def app(world: World) -> Flask:
    """Return the web app on it."""
    return make_app(
        Services(
            runs=world.runs,
            datasets=world.datasets,
            presets=world.presets,
            launcher=world.launcher,
            clock=world.clock,
            ids=world.ids,
            read_bars=read_csv,
            ready=lambda: None,
            max_upload_bytes=1 << 20,
        )
    )


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a client of the app."""
    return app.test_client()
