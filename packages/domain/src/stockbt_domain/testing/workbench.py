"""A workbench in memory: all adapters of one app, for tests and examples."""

from ..bars import Bars
from ..datasets import Finding
from ..errors import RunFailure
from ..ports import BarReader, ComputeMetrics, Engine
from ..usecases.dispatch import Dispatch
from ..usecases.workbench import Build, Workbench
from .launcher import MemoryLauncher
from .memory import ManualClock, MemoryDatasets, MemoryLeader, MemoryPresets, MemoryRuns, SequentialIds


def memory_workbench(
    read_bars: BarReader,
    compute_metrics: ComputeMetrics,
    *engines: Engine,
    max_active: int | None = None,
) -> Workbench:
    """Return a workbench on repositories in memory, a clock that is set by hand, and these engines.

    `max_active` is how many runs may have jobs at once.
    """
    clock = ManualClock()
    known = {engine.name: engine for engine in engines}

    def load_engine(name: str) -> Engine:
        if name not in known:
            raise RunFailure("ENGINE_ERROR", f"There is no engine {name!r}; there are {', '.join(known)}.")
        return known[name]

    return Workbench(
        dispatch=Dispatch(MemoryRuns(clock), MemoryLauncher(clock=clock), clock, max_active),
        datasets=MemoryDatasets(),
        presets=MemoryPresets(),
        ids=SequentialIds(),
        leader=MemoryLeader(),
        read_bars=read_bars,
        examine=_no_findings,
        compute_metrics=compute_metrics,
        load_engine=load_engine,
        engines=tuple(known),
        build=Build("unknown", "local", lambda name: f"{name} in memory"),
    )


def _no_findings(bars: Bars) -> tuple[Finding, ...]:
    return ()
