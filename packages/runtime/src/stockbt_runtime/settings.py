"""The settings that more than one app reads, from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from stockbt_domain.errors import BadConfiguration
from stockbt_domain.usecases.reconcile import Budget

LAUNCHERS = ("LOCAL", "K8S")
K8S_JOBS = 20
"""Jobs at once in a cluster, where nothing else is said."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the database and the workers are; `env` goes on to the database, the launcher and LOCAL workers.

    `max_active` is the number of jobs at once over all replicas, None for as many as there is room for.
    """

    env: Mapping[str, str]
    home: Path
    launcher: str
    local_workers: int
    max_active: int | None
    budget: Budget

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read the settings. Raises BadConfiguration, which names the variable."""
        launcher = env.get("JOB_LAUNCHER_MODE") or "LOCAL"
        if launcher not in LAUNCHERS:
            raise BadConfiguration(f"JOB_LAUNCHER_MODE must be {' or '.join(LAUNCHERS)}, not {launcher!r}")
        return cls(
            env=env,
            home=Path(env.get("STOCKBT_HOME") or "~/.stockbt").expanduser(),
            launcher=launcher,
            local_workers=whole_number(env, "STOCKBT_LOCAL_WORKERS", os.cpu_count() or 1),
            max_active=_max_active(env, launcher),
            budget=Budget(
                launches=whole_number(env, "MAX_LAUNCHES", 5),
                start_seconds=whole_number(env, "START_DEADLINE_SECONDS", 300),
                run_seconds=whole_number(env, "STOCKBT_RUN_SECONDS", 3600),
            ),
        )


@dataclass(frozen=True, slots=True)
class ExecutionSettings:
    """What whoever executes a run needs to know: the build that it records, its lease and its heartbeat."""

    image_tag: str
    engine_version: str | None
    lease_seconds: float
    heartbeat_seconds: float

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read the settings. Raises BadConfiguration, which names the variable."""
        lease = _seconds(env, "STOCKBT_LEASE_SECONDS", 60.0)
        heartbeat = _seconds(env, "STOCKBT_HEARTBEAT_SECONDS", 15.0)
        if heartbeat >= lease:
            raise BadConfiguration("STOCKBT_HEARTBEAT_SECONDS must be below STOCKBT_LEASE_SECONDS")
        return cls(
            image_tag=env.get("IMAGE_TAG") or "local",
            engine_version=env.get("ENGINE_VERSION") or None,
            lease_seconds=lease,
            heartbeat_seconds=heartbeat,
        )


def _max_active(env: Mapping[str, str], launcher: str) -> int | None:
    if launcher == "LOCAL" and not env.get("MAX_ACTIVE_JOBS"):
        return None  # its places are the limit
    return whole_number(env, "MAX_ACTIVE_JOBS", K8S_JOBS)


def whole_number(env: Mapping[str, str], name: str, default: int) -> int:
    """Return a variable as a whole number above 0. Raises BadConfiguration, which names it."""
    text = env.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 1_000_000:
        raise BadConfiguration(f"{name} must be a whole number above 0, not {text!r}")
    return int(text)


def _seconds(env: Mapping[str, str], name: str, default: float) -> float:
    text = env.get(name) or str(default)
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 86_400:
        raise BadConfiguration(f"{name} must be a number of seconds above 0, not {text!r}")
    return value
