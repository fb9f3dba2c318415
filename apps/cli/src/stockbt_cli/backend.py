"""What the commands ask for, whoever answers: this machine or a server."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from stockbt_domain.errors import InvalidInput, Problem

Tell = Callable[[str], None]
"""Takes a sentence about progress."""


class RequestRefused(InvalidInput):
    """The request is wrong; it is recorded as the failed run `run_id`, empty where nothing is recorded."""

    def __init__(self, problems: tuple[Problem, ...], run_id: str = "") -> None:
        super().__init__(problems)
        self.run_id = run_id


class Backend(Protocol):
    """The product behind the command line; answers are documents as the HTTP API gives them.

    Every method may raise any StockbtError: InvalidInput, NotFound and Conflict are the caller's.
    """

    def submit(self, text: str) -> str:
        """Store a request, given as JSON text, and return its run's id. Raises RequestRefused."""

    def follow(self, run_id: str, tell: Tell) -> None:
        """Return when the run has ended."""

    def run(self, run_id: str, *, series: bool = True) -> dict[str, Any]:
        """Return the run as `GET /status` gives it."""

    def runs(self, filters: Mapping[str, str | int | None]) -> dict[str, Any]:
        """Return a page of runs and the cursor of the next."""

    def cancel(self, run_id: str) -> dict[str, Any]:
        """End an open run as cancelled and return it."""

    def reproduce(self, run_id: str) -> str:
        """Store a repetition of a run and return its id."""

    def exported(self, run_id: str) -> Iterator[tuple[str, bytes]]:
        """Yield the relative path and content of every file of a succeeded run."""

    def import_file(self, path: Path, *, ticker: str, timeframe: str, adjust: bool) -> dict[str, Any]:
        """Import a price file and return the dataset, with `known` for one that was there before."""

    def datasets(self) -> dict[str, Any]:
        """Return the newest version of every instrument."""

    def dataset(self, ticker: str) -> dict[str, Any]:
        """Return an instrument's newest version, and all its versions."""

    def rules(self) -> list[dict[str, Any]]:
        """Return every rule with its parameters."""
