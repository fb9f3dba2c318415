"""The web app on ports in memory."""

from dataclasses import replace

from flask import Flask
from stockbt_runtime.numbers import read_bars
from stockbt_web.app import make_app
from stockbt_web.services import Services

from tests.domain.world import World


def memory_app(world: World) -> Flask:
    """Return the web app on the world's ports."""
    bench = replace(world.bench, read_bars=read_bars)
    return make_app(Services(bench=bench, ready=lambda: None, max_upload_bytes=1 << 20))
