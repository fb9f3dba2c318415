"""Engines keep the port's contract: ours, found as the worker finds it."""

import pytest
from stockbt_domain.ports import Engine
from stockbt_domain.testing.contracts import EngineContract
from stockbt_worker.engines import engine_digest, engine_names, load_engine


class TestLegacyEngine(EngineContract):
    """The engine as it is installed."""

    @pytest.fixture
    def engine(self) -> Engine:
        """Return the engine from its entry point."""
        return load_engine("legacy")


def test_the_worker_finds_engines_by_their_entry_points() -> None:
    """An installed engine has a name and a digest that does not change by itself."""
    assert "legacy" in engine_names()
    assert engine_digest("legacy") == engine_digest("legacy")
    assert len(engine_digest("legacy")) == 64
