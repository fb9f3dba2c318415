"""What the commands work with on this machine: its ports, without their concrete classes but one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from stockbt_adapters_mysql.database import Database
from stockbt_domain.ports import (
    BarReader,
    Clock,
    DatasetRepository,
    IdGenerator,
    JobLauncher,
    Leader,
    RunRepository,
)
from stockbt_domain.usecases import Budget, Workbench
from stockbt_runtime.settings import ExecutionSettings


@dataclass(frozen=True)
class Machine:
    """The ports of this machine; `bench` loads the engine when it is called."""

    env: Mapping[str, str]
    database: Database
    runs: RunRepository
    datasets: DatasetRepository
    make_launcher: Callable[[], JobLauncher]
    leader: Leader
    clock: Clock
    ids: IdGenerator
    read_bars: BarReader
    bench: Callable[[ExecutionSettings], Workbench]
    budget: Budget
    max_active: int | None

    @cached_property
    def launcher(self) -> JobLauncher:
        """Return the launcher, made when it is first asked for: most commands need none, and one of
        another place may not be there. Raises BadConfiguration."""
        return self.make_launcher()
