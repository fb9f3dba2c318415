"""The web app's settings, from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Self

from stockbt_runtime import settings as shared


@dataclass(frozen=True, slots=True)
class Settings:
    """What the web app needs to know beside what it shares with others: `processes` serve requests;
    `build` is what the metrics call this build."""

    shared: shared.Settings
    max_upload_bytes: int
    processes: int
    build: Mapping[str, str]

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read the settings. Raises BadConfiguration, which names the variable."""
        return cls(
            shared=shared.Settings.from_env(env),
            max_upload_bytes=shared.whole_number(env, "STOCKBT_MAX_UPLOAD_MB", 128) * 1024 * 1024,
            processes=shared.whole_number(env, "STOCKBT_WEB_PROCESSES", 1),
            build={
                "version": version("stockbt-web"),
                "engine_version": env.get("ENGINE_VERSION") or version("stockbt-engine-legacy"),
                "image_tag": env.get("IMAGE_TAG") or "local",
            },
        )
