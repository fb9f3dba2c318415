"""The error tree: everything that this product raises on purpose has one root."""

from dataclasses import dataclass
from typing import Any, Self

from .messages import Message


class StockbtError(Exception):
    """Root of every error that stockbt raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input: where, which kind, a sentence, and what would be right.

    `allowed` is a list of the allowed values or a mapping with `minimum` and `maximum`. The sentence is a
    `Message` wherever it is ours; plain text comes from other programs and is shown as it is.
    """

    field: str
    code: str
    message: str
    allowed: Any = None

    @classmethod
    def of(cls, field: str, message: Message, allowed: Any = None) -> Self:
        """Return the problem that a message tells."""
        return cls(field, message.kind, message, allowed)

    def as_json(self) -> dict[str, Any]:
        """Return the problem as `errors` of the HTTP API carries it."""
        problem = {"field": self.field, "code": self.code, "message": self.message}
        return problem if self.allowed is None else {**problem, "allowed": self.allowed}


class InvalidInput(StockbtError):
    """The input is wrong; `problems` says every way in which it is."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{p.field}: {p.message}" for p in problems))
        self.problems = problems


class NotFound(StockbtError):
    """What was asked for is not there."""


class RunNotFound(NotFound):
    """There is no run with this id."""


class DatasetNotFound(NotFound):
    """There is no dataset for this ticker, or none with this hash."""


class DatasetCorrupted(StockbtError):
    """The stored bytes of a dataset cannot be read back."""


class ResultCorrupted(StockbtError):
    """The stored bytes of a result cannot be read back."""


class PresetNotFound(NotFound):
    """There is no preset with this id."""


class NoResult(StockbtError):
    """The run has no result: it is under way, or it failed."""


class NothingToCompute(NoResult):
    """The run's request was not accepted: it was pinned to no data and never has a result."""


class Conflict(StockbtError):
    """The request contradicts what is stored."""


class RunAlreadyExists(Conflict):
    """A run with this id is stored already."""


class PresetNameTaken(Conflict):
    """Another preset has this name."""


class IdempotencyConflict(Conflict):
    """The Idempotency-Key was used before with another body."""


class RunAlreadyEnded(Conflict):
    """The run had ended before the request."""


class IllegalTransition(StockbtError):
    """The state machine does not have this transition."""


class Superseded(StockbtError):
    """The stored run is no longer the one seen: another took over or it ended. Nothing was written."""


class RunFailure(StockbtError):
    """A backtest cannot give a result; `kind` and `code` are those of the run's row."""

    kind = "system_error"

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @classmethod
    def of(cls, message: Message) -> Self:
        """Return the failure that a message tells."""
        return cls(message.kind, message)


class UserFailure(RunFailure):
    """The request cannot be met by the data: the user can mend it, a retry cannot."""

    kind = "user_error"


class LaunchRejected(StockbtError):
    """The launcher refused the run for good."""


class LaunchDeferred(StockbtError):
    """The launcher is full: the run waits its turn."""


class LauncherUnavailable(StockbtError):
    """The launcher did not answer, or not clearly: nothing is known and nothing may be concluded.

    `retry_after` is how many seconds it asked to be left alone, 0 where it asked for nothing.
    """

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class StorageUnavailable(StockbtError):
    """The database cannot be reached or cannot write now."""


class BadConfiguration(StockbtError):
    """An environment variable has a wrong value; the message names it."""
