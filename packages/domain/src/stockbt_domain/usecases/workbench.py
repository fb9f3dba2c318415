"""All that one app works with: its ports, bound once."""

from collections.abc import Callable
from dataclasses import dataclass

from ..bars import Bars
from ..datasets import Finding
from ..ports.bar_reader import BarReader
from ..ports.clock import Clock
from ..ports.compute_metrics import ComputeMetrics
from ..ports.dataset_repository import DatasetRepository
from ..ports.engine import Engine
from ..ports.id_generator import IdGenerator
from ..ports.leader import Leader
from ..ports.preset_repository import PresetRepository
from ..ports.run_repository import RunRepository
from ..run import ComputedBy
from .dispatch import Dispatch


@dataclass(frozen=True, slots=True)
class Build:
    """What computes: its Git SHA and image, and the digest of an engine's source and libraries by name."""

    engine_version: str
    image_tag: str
    engine_digest: Callable[[str], str]

    def computing(self, engine: str) -> ComputedBy:
        """Return what a run of this engine is computed by, as its row says it."""
        return ComputedBy(self.engine_version, self.engine_digest(engine), self.image_tag)


@dataclass(frozen=True, slots=True)
class Workbench:
    """The ports of one app, without their concrete classes, and the names of the installed `engines`."""

    dispatch: Dispatch
    datasets: DatasetRepository
    presets: PresetRepository
    ids: IdGenerator
    leader: Leader
    read_bars: BarReader
    examine: Callable[[Bars], tuple[Finding, ...]]
    compute_metrics: ComputeMetrics
    load_engine: Callable[[str], Engine]
    engines: tuple[str, ...]
    build: Build

    @property
    def runs(self) -> RunRepository:
        """Return where the runs are."""
        return self.dispatch.runs

    @property
    def clock(self) -> Clock:
        """Return what tells the time."""
        return self.dispatch.clock
