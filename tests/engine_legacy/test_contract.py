"""Engines keep the port's contract: ours, as the worker finds it, and one that shares nothing with it."""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from stockbt_domain.columns import ORDER_REASONS
from stockbt_domain.ports import Engine, PriceFile
from stockbt_domain.run import Status
from stockbt_domain.testing.contracts import EngineContract
from stockbt_domain.usecases.execute import execute
from stockbt_domain.usecases.workbench import Build
from stockbt_engine_legacy import LegacyEngine
from stockbt_reporting.metrics import measure
from stockbt_runtime.engines import engine_digest, engine_names, load_engine

from ..domain.world import World
from ..domain.world import bars as world_bars
from .market import random_bars, terms_of
from .second_engine import SecondEngine

PLUGIN = {
    "second_plugin.py": f"from {SecondEngine.__module__} import SecondEngine\n",
    "second-1.0.dist-info/METADATA": "Name: second\nVersion: 1.0\nRequires-Dist: backtesting\n",
    "second-1.0.dist-info/entry_points.txt": "[stockbt.engines]\nsecond = second_plugin:SecondEngine\n",
}


class TestLegacyEngine(EngineContract):
    """The engine as it is installed."""

    @pytest.fixture
    def engine(self) -> Engine:
        """Return the engine from its entry point."""
        return load_engine("legacy")


class TestSecondEngine(EngineContract):
    """backtesting.py behind the same port keeps the whole contract: the port is not ours alone."""

    @pytest.fixture
    def engine(self) -> Engine:
        """Return the second engine."""
        return SecondEngine()


@pytest.mark.parametrize("execution", ["close", "next_open"])
@pytest.mark.parametrize("direction", ["longonly", "longshort"])
def test_two_engines_say_the_same_of_the_same_run(execution: str, direction: str) -> None:
    """Without slippage the trades, the reasons and the money of both agree."""
    bars = random_bars(700)
    terms = terms_of("MACD", execution=execution, direction=direction, position_size=50.0, fee_rate=0.001)
    ours, theirs = LegacyEngine().run(bars, terms), SecondEngine().run(bars, terms)

    assert theirs.equity.tolist() == pytest.approx(ours.equity.tolist(), rel=1e-9)
    for name, column in ours.trades.items():
        assert theirs.trades[name].tolist() == pytest.approx(column.tolist(), rel=1e-9, nan_ok=True)
    reasons = [[ORDER_REASONS[code] for code in engine.orders["reason"]] for engine in (ours, theirs)]
    assert reasons[0] == reasons[1]
    assert dict(ours.unfilled) == dict(theirs.unfilled)


def test_the_worker_finds_engines_by_their_entry_points() -> None:
    """An installed engine has a name and a digest that does not change by itself."""
    assert "legacy" in engine_names()
    assert engine_digest("legacy") == engine_digest("legacy")
    assert len(engine_digest("legacy")) == 64


def test_the_worker_executes_a_run_on_an_installed_second_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A distribution with an entry point is all that it takes: submitted, claimed, computed, stored."""
    (tmp_path / "second-1.0.dist-info").mkdir()
    for name, content in PLUGIN.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    world = World()
    bars = random_bars(100, time=world_bars().time)
    bench = world.bench = replace(
        world.bench,
        engines=engine_names(),
        load_engine=load_engine,
        compute_metrics=measure,
        read_bars=lambda content, *, timeframe, adjust: PriceFile(bars, ()),
        build=Build("sha", "tag", engine_digest),
    )
    request = (
        '{"ticker": "AAPL", "rule_type": "MA_CROSS", "params": {"fast_period": 2, "slow_period": 5},'
        ' "engine": "second", "direction": "longshort", "execution": "next_open"}'
    )
    submitted = world.submit(request).run

    ended = execute(
        submitted.run_id,
        bench,
        actor="worker",
        lease_seconds=60,
        keep_lease=lambda run: nullcontext(),
        wait=lambda seconds: None,
    )

    assert (ended.status, ended.request.engine) == (Status.SUCCEEDED, "second")
    assert ended.computed_by.engine_digest == engine_digest("second") != engine_digest("legacy")
    assert ended.end.metrics["num_trades"] > 5
    assert world.runs.result(ended.run_id).trades["side"].format == "b"
