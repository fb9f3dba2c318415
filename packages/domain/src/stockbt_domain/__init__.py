"""The backtest run as a pure domain: states, requests, reproducibility, ports and use cases.

Standard library only; nothing here reads a clock, opens a file or knows a database.
"""

from .bars import Bars
from .datasets import TIMEFRAMES, Dataset, Finding
from .documents.run import status
from .errors import (
    BadConfiguration,
    Conflict,
    DatasetNotFound,
    IdempotencyConflict,
    IllegalTransition,
    InvalidInput,
    NoResult,
    NotFound,
    PresetNameTaken,
    PresetNotFound,
    Problem,
    RunAlreadyEnded,
    RunNotFound,
    StockbtError,
    StorageUnavailable,
    Superseded,
)
from .fields import FIELDS, Field
from .idempotency import IdempotencyKey
from .open_runs import OpenRun
from .ports import (
    BarReader,
    Clock,
    ComputeMetrics,
    DatasetRepository,
    Engine,
    IdGenerator,
    Job,
    JobLauncher,
    JobState,
    Outcome,
    Page,
    PresetRepository,
    PriceFile,
    RunRepository,
)
from .presets import Preset
from .reproducibility import canonical_json, result_hash, run_key
from .request import BacktestRequest, Reading, read_request
from .result import Caveat, Result
from .rules import RULES, RULES_BY_NAME, Parameter, Rule
from .run import TRANSITIONS, Run, RunEvent, Status
from .run_query import RunQuery
from .terms import Terms
from .usecases import (
    Budget,
    Build,
    Dispatch,
    Import,
    Pass,
    Submission,
    Workbench,
    cancel,
    execute,
    import_data,
    reconcile,
    reproduce,
    save_preset,
    submit,
)

__all__ = [
    "FIELDS",
    "RULES",
    "RULES_BY_NAME",
    "TIMEFRAMES",
    "TRANSITIONS",
    "BacktestRequest",
    "BadConfiguration",
    "BarReader",
    "Bars",
    "Budget",
    "Build",
    "Caveat",
    "Clock",
    "ComputeMetrics",
    "Conflict",
    "Dataset",
    "DatasetNotFound",
    "DatasetRepository",
    "Dispatch",
    "Engine",
    "Field",
    "Finding",
    "IdGenerator",
    "IdempotencyConflict",
    "IdempotencyKey",
    "IllegalTransition",
    "Import",
    "InvalidInput",
    "Job",
    "JobLauncher",
    "JobState",
    "NoResult",
    "NotFound",
    "OpenRun",
    "Outcome",
    "Page",
    "Parameter",
    "Pass",
    "Preset",
    "PresetNameTaken",
    "PresetNotFound",
    "PresetRepository",
    "PriceFile",
    "Problem",
    "Reading",
    "Result",
    "Rule",
    "Run",
    "RunAlreadyEnded",
    "RunEvent",
    "RunNotFound",
    "RunQuery",
    "RunRepository",
    "Status",
    "StockbtError",
    "StorageUnavailable",
    "Submission",
    "Superseded",
    "Terms",
    "Workbench",
    "cancel",
    "canonical_json",
    "execute",
    "import_data",
    "read_request",
    "reconcile",
    "reproduce",
    "result_hash",
    "run_key",
    "save_preset",
    "status",
    "submit",
]
