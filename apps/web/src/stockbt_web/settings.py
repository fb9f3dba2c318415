"""The web app's settings, from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Self

from stockbt_domain.errors import BadConfiguration
from stockbt_domain.usecases import Budget

LAUNCHERS = ("LOCAL", "K8S")
K8S_JOBS = 20
"""Jobs at once in a cluster, where nothing else is said."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the web app needs to know; `env` goes on to the database, the launcher and LOCAL workers.

    `processes` serve requests; `build` is what the metrics call this build.
    `max_active` is the number of jobs at once over all replicas, None for as many as there is room for.
    """

    env: Mapping[str, str]
    home: Path
    launcher: str
    max_upload_bytes: int
    local_workers: int
    max_active: int | None
    budget: Budget
    processes: int
    build: dict[str, str]

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
            max_upload_bytes=_positive(env, "STOCKBT_MAX_UPLOAD_MB", 128) * 1024 * 1024,
            local_workers=_positive(env, "STOCKBT_LOCAL_WORKERS", os.cpu_count() or 1),
            max_active=_max_active(env, launcher),
            budget=Budget(
                launches=_positive(env, "MAX_LAUNCHES", 5),
                start_seconds=_positive(env, "START_DEADLINE_SECONDS", 300),
                run_seconds=_positive(env, "STOCKBT_RUN_SECONDS", 3600),
            ),
            processes=_positive(env, "STOCKBT_WEB_PROCESSES", 1),
            build={
                "version": version("stockbt-web"),
                "engine_version": env.get("ENGINE_VERSION") or version("stockbt-engine-legacy"),
                "image_tag": env.get("IMAGE_TAG") or "local",
            },
        )


def _max_active(env: Mapping[str, str], launcher: str) -> int | None:
    if launcher == "LOCAL" and not env.get("MAX_ACTIVE_JOBS"):
        return None  # its places are the limit
    return _positive(env, "MAX_ACTIVE_JOBS", K8S_JOBS)


def _positive(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 1_000_000:
        raise BadConfiguration(f"{name} must be a whole number above 0, not {text!r}")
    return int(text)
