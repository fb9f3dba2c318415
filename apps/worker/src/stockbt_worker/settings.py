"""The worker's settings, from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from stockbt_domain.errors import BadConfiguration


@dataclass(frozen=True, slots=True)
class Settings:
    """What one worker needs to know; `env` goes on to the database's own settings."""

    run_id: str
    env: Mapping[str, str]
    image_tag: str
    engine_version: str | None
    lease_seconds: float
    heartbeat_seconds: float

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
        lease = _seconds(env, "STOCKBT_LEASE_SECONDS", 60.0)
        heartbeat = _seconds(env, "STOCKBT_HEARTBEAT_SECONDS", 15.0)
        if heartbeat >= lease:
            raise BadConfiguration("STOCKBT_HEARTBEAT_SECONDS must be below STOCKBT_LEASE_SECONDS")
        return cls(
            run_id=run_id,
            env=env,
            image_tag=env.get("IMAGE_TAG") or "local",
            engine_version=env.get("ENGINE_VERSION") or None,
            lease_seconds=lease,
            heartbeat_seconds=heartbeat,
        )


def _seconds(env: Mapping[str, str], name: str, default: float) -> float:
    text = env.get(name) or str(default)
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 86_400:
        raise BadConfiguration(f"{name} must be a number of seconds above 0, not {text!r}")
    return value
