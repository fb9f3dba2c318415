"""The in-memory adapters; the contract suites are in `stockbt_domain.testing.contracts` (needs pytest)."""

from .launcher import MemoryLauncher
from .memory import ManualClock, MemoryDatasets, MemoryLeader, MemoryPresets, MemoryRuns, SequentialIds
from .workbench import memory_workbench

__all__ = [
    "ManualClock",
    "MemoryDatasets",
    "MemoryLauncher",
    "MemoryLeader",
    "MemoryPresets",
    "MemoryRuns",
    "SequentialIds",
    "memory_workbench",
]
