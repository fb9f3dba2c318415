"""The ports: what the use cases need from the world, each a small Protocol."""

from ..figures import SORTED_FIGURES
from .bar_reader import BarReader, PriceFile
from .clock import Clock
from .compute_metrics import ComputeMetrics
from .dataset_repository import DatasetRepository
from .engine import Engine, Outcome
from .id_generator import IdGenerator
from .job_launcher import Job, JobLauncher, JobState
from .leader import Leader
from .preset_repository import PresetRepository
from .run_repository import (
    IDEMPOTENCY_LIFE,
    SORTS,
    Backlog,
    Batch,
    IdempotencyKey,
    OpenRun,
    Page,
    RunQuery,
    RunRepository,
)

__all__ = [
    "IDEMPOTENCY_LIFE",
    "SORTED_FIGURES",
    "SORTS",
    "Backlog",
    "BarReader",
    "Batch",
    "Clock",
    "ComputeMetrics",
    "DatasetRepository",
    "Engine",
    "IdGenerator",
    "IdempotencyKey",
    "Job",
    "JobLauncher",
    "JobState",
    "Leader",
    "OpenRun",
    "Outcome",
    "Page",
    "PresetRepository",
    "PriceFile",
    "RunQuery",
    "RunRepository",
]
