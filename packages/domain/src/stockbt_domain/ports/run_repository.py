"""The port to the single source of truth of state and results: all that is asked of it."""

from typing import Protocol

from .run_list import RunList
from .run_pruning import RunPruning
from .run_queue import RunQueue
from .run_store import RunStore


class RunRepository(RunStore, RunQueue, RunList, RunPruning, Protocol):
    """One adapter keeps runs, their queue and their list, as transactions span them; a caller asks for the
    smallest of the four."""
