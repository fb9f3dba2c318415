"""The backtest run as a pure domain: states, requests, reproducibility, ports and use cases.

Standard library only; nothing here reads a clock, opens a file or knows a database.
"""

from importlib import import_module
from typing import Any

_MODULES = {
    "bars": "Bars",
    "datasets": "Dataset Finding TIMEFRAMES",
    "documents.run": "status",
    "errors": (
        "BadConfiguration Conflict DatasetNotFound IdempotencyConflict IllegalTransition "
        "InvalidInput NoResult NotFound PresetNameTaken PresetNotFound Problem RunAlreadyEnded "
        "RunNotFound StockbtError StorageUnavailable Superseded"
    ),
    "fields": "FIELDS Field",
    "idempotency": "IdempotencyKey",
    "open_runs": "OpenRun",
    "pin": "Pin",
    "ports.bar_reader": "BarReader PriceFile",
    "ports.clock": "Clock",
    "ports.compute_metrics": "ComputeMetrics",
    "ports.dataset_repository": "DatasetRepository",
    "ports.engine": "Engine Outcome",
    "ports.id_generator": "IdGenerator",
    "ports.job_launcher": "Job JobLauncher JobState",
    "ports.preset_repository": "PresetRepository",
    "ports.run_list": "Page RunList",
    "ports.run_pruning": "RunPruning",
    "ports.run_queue": "RunQueue",
    "ports.run_repository": "RunRepository",
    "ports.run_store": "RunStore",
    "presets": "Preset",
    "reproducibility": "canonical_json result_hash run_key",
    "request": "BacktestRequest Reading RejectedRequest read_request",
    "result": "Caveat Result",
    "rules": "Parameter RULES RULES_BY_NAME Rule",
    "run": "ComputedBy End Place Run RunEvent Status TRANSITIONS",
    "run_query": "RunQuery",
    "terms": "Terms",
    "usecases.cancel": "cancel",
    "usecases.dispatch": "Dispatch",
    "usecases.execute": "execute",
    "usecases.import_data": "Import import_data",
    "usecases.presets": "save_preset",
    "usecases.reconcile": "Budget Pass reconcile",
    "usecases.reproduce": "reproduce",
    "usecases.submit": "Submission submit",
    "usecases.workbench": "Build Workbench",
}
"""What a program imports from here, by the module that has it. A name's module is loaded when it is asked
for: whoever reads a run needs no use case."""
_HOME = {name: module for module, names in _MODULES.items() for name in names.split()}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """Return what is exported under this name. Raises AttributeError."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    """Return the exported names."""
    return __all__
