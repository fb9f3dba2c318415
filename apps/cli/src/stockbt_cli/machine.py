"""What the commands work with on this machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from stockbt_domain.ports import JobLauncher
from stockbt_domain.usecases.dispatch import Dispatch
from stockbt_domain.usecases.reconcile import Budget
from stockbt_domain.usecases.workbench import Workbench
from stockbt_runtime.settings import ExecutionSettings

if TYPE_CHECKING:
    from stockbt_adapters_mysql.database import Database


@dataclass(frozen=True)
class Machine:
    """The workbench of a process that executes its runs itself, and this machine's settings."""

    bench: Workbench
    database: Database
    execution: ExecutionSettings
    budget: Budget
    make_launcher: Callable[[], JobLauncher]
    max_active: int | None

    @cached_property
    def dispatch(self) -> Dispatch:
        """Return the dispatch through the launcher of the settings, made when it is first asked for: most
        commands need none, and one of another place may not be there. Raises BadConfiguration."""
        return Dispatch(self.bench.runs, self.make_launcher(), self.bench.clock, self.max_active)
