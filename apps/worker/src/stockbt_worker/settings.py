"""The worker's settings, from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from stockbt_domain.errors import BadConfiguration
from stockbt_runtime.settings import ExecutionSettings


@dataclass(frozen=True, slots=True)
class Settings:
    """What one worker needs to know; `env` goes on to the database's own settings."""

    run_id: str
    env: Mapping[str, str]
    execution: ExecutionSettings

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read the settings. Raises BadConfiguration, which names the variable."""
        run_id = env.get("RUN_ID", "")
        try:
            canonical = str(UUID(run_id))
        except ValueError:
            canonical = ""
        if not run_id or canonical != run_id:
            raise BadConfiguration(f"RUN_ID must be the id of a run (a UUID), not {run_id!r}")
        return cls(run_id=run_id, env=env, execution=ExecutionSettings.from_env(env))
