"""The backend of this machine: the use cases, composed here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stockbt_domain.documents.dataset import dataset_document
from stockbt_domain.documents.rule import rule_document
from stockbt_domain.documents.run import status, whole
from stockbt_domain.documents.run_list import listing
from stockbt_domain.errors import DatasetNotFound
from stockbt_domain.request import read_request
from stockbt_domain.rules import RULES
from stockbt_domain.run import known_run_id
from stockbt_domain.run_query import RunQuery
from stockbt_domain.usecases.cancel import cancel
from stockbt_domain.usecases.import_data import import_data
from stockbt_domain.usecases.reproduce import reproduce
from stockbt_domain.usecases.submit import submit
from stockbt_exports.run_files import files_of

from .backend import RequestRefused, Tell
from .inline import execute_here
from .machine import Machine

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class LocalBackend:
    """Answers from this machine's database; `actor` stands in the events of its runs."""

    machine: Machine
    actor: str = "cli"

    def submit(self, text: str) -> str:
        """Store a request as a run that `follow` executes. Raises RequestRefused."""
        done = submit(read_request(text), self.machine.bench, actor=self.actor)
        if done.problems:
            raise RequestRefused(done.problems, done.run.run_id)
        return done.run.run_id

    def follow(self, run_id: str, tell: Tell) -> None:
        """Execute the run here unless another worker is faster; return when it has ended."""
        execute_here(run_id, self.machine, actor=self.actor, tell=tell)

    def run(self, run_id: str, *, series: bool = True) -> dict[str, Any]:
        """Return the run. Raises RunNotFound."""
        return status(known_run_id(run_id), runs=self.machine.bench.runs, series=series)

    def runs(self, filters: Mapping[str, str | int | None]) -> dict[str, Any]:
        """Return a page of runs. Raises InvalidInput for a cursor that is none."""
        given: dict[str, Any] = {name: value for name, value in filters.items() if value is not None}
        return listing(RunQuery(**given), runs=self.machine.bench.runs)

    def cancel(self, run_id: str) -> dict[str, Any]:
        """End an open run. Raises RunNotFound, RunAlreadyEnded."""
        run = cancel(known_run_id(run_id), self.machine.dispatch, actor=self.actor)
        return whole(run, runs=self.machine.bench.runs)

    def reproduce(self, run_id: str) -> str:
        """Store a repetition that `follow` executes. Raises RunNotFound, Conflict."""
        return reproduce(known_run_id(run_id), self.machine.bench, actor=self.actor).run_id

    def exported(self, run_id: str) -> Iterator[tuple[str, bytes]]:
        """Yield a succeeded run's files. Raises RunNotFound, NoResult."""
        runs = self.machine.bench.runs
        run = runs.get(known_run_id(run_id))
        result = runs.result(run.run_id)
        _, pin = run.work()
        content = self.machine.bench.datasets.content(pin.data_hash)
        yield from files_of(run, result, whole(run, runs=runs, result=result), content)

    def import_file(self, path: Path, *, ticker: str, timeframe: str, adjust: bool) -> dict[str, Any]:
        """Import a price file. Raises InvalidInput with every wrong line."""

        def pieces() -> Iterator[bytes]:
            with path.open("rb") as file:
                while piece := file.read(_PIECE):
                    yield piece

        bench = self.machine.bench
        name = "".join(letter if letter.isprintable() else "?" for letter in path.name)
        done = import_data(
            pieces(),
            ticker=ticker,
            timeframe=timeframe,
            adjust=adjust,
            source=f"file {name}"[:255],
            datasets=bench.datasets,
            read_bars=bench.read_bars,
            clock=bench.clock,
        )
        return {**dataset_document(done.dataset), "known": done.known}

    def datasets(self) -> dict[str, Any]:
        """Return the newest version of every instrument."""
        return {"datasets": [dataset_document(dataset) for dataset in self.machine.bench.datasets.all()]}

    def dataset(self, ticker: str) -> dict[str, Any]:
        """Return an instrument's versions. Raises DatasetNotFound."""
        found = self.machine.bench.datasets.versions(ticker) if ticker.isprintable() else ()
        if not found:
            raise DatasetNotFound(f"there is no data for {ticker!a}; `stockbt data list` lists what there is")
        versions = [dataset_document(version) for version in found]
        return {**versions[0], "versions": versions}

    def rules(self) -> list[dict[str, Any]]:
        """Return every rule with its parameters."""
        return [rule_document(rule) for rule in RULES]
