"""The ports: what the use cases need from the world, each a small Protocol."""

from .bar_reader import BarReader, PriceFile
from .clock import Clock
from .compute_metrics import ComputeMetrics
from .dataset_repository import DatasetRepository
from .engine import Engine, Outcome
from .id_generator import IdGenerator
from .job_launcher import Job, JobLauncher, JobState
from .leader import Leader
from .preset_repository import PresetRepository
from .run_list import Page, RunList
from .run_pruning import Batch, RunPruning
from .run_queue import RunQueue
from .run_repository import RunRepository
from .run_store import RunStore

__all__ = [
    "BarReader",
    "Batch",
    "Clock",
    "ComputeMetrics",
    "DatasetRepository",
    "Engine",
    "IdGenerator",
    "Job",
    "JobLauncher",
    "JobState",
    "Leader",
    "Outcome",
    "Page",
    "PresetRepository",
    "PriceFile",
    "RunList",
    "RunPruning",
    "RunQueue",
    "RunRepository",
    "RunStore",
]
