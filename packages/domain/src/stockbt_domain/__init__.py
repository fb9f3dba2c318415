"""The backtest run as a pure domain: states, requests, reproducibility, ports and use cases.

Standard library only; nothing here reads a clock, opens a file or knows a database.
"""

from .bars import Bars
from .catalogue import RULES, RULES_BY_NAME, Parameter, Rule
from .datasets import TIMEFRAMES, Dataset, Finding
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
from .presets import Preset
from .reproducibility import canonical_json, result_hash, run_key
from .request import BacktestRequest, Reading, read_request
from .result import Caveat, Result
from .run import TRANSITIONS, Run, RunEvent, Status
from .terms import Terms

__all__ = [
    "FIELDS",
    "RULES",
    "RULES_BY_NAME",
    "TIMEFRAMES",
    "TRANSITIONS",
    "BacktestRequest",
    "BadConfiguration",
    "Bars",
    "Caveat",
    "Conflict",
    "Dataset",
    "DatasetNotFound",
    "Field",
    "Finding",
    "IdempotencyConflict",
    "IllegalTransition",
    "InvalidInput",
    "NoResult",
    "NotFound",
    "Parameter",
    "Preset",
    "PresetNameTaken",
    "PresetNotFound",
    "Problem",
    "Reading",
    "Result",
    "Rule",
    "Run",
    "RunAlreadyEnded",
    "RunEvent",
    "RunNotFound",
    "Status",
    "StockbtError",
    "StorageUnavailable",
    "Superseded",
    "Terms",
    "canonical_json",
    "read_request",
    "result_hash",
    "run_key",
]
