"""The in-memory adapters; the contract suites are in `stockbt_domain.testing.contracts` (needs pytest)."""

from .launcher import MemoryLauncher
from .memory import ManualClock, MemoryDatasets, MemoryLeader, MemoryPresets, MemoryRuns, SequentialIds

__all__ = [
    "ManualClock",
    "MemoryDatasets",
    "MemoryLauncher",
    "MemoryLeader",
    "MemoryPresets",
    "MemoryRuns",
    "SequentialIds",
]
