"""The port to the users' presets."""

from typing import Protocol

from ..presets import Preset


class PresetRepository(Protocol):
    """Stores presets; names are unique. Every method may raise StorageUnavailable."""

    def add(self, preset: Preset) -> None:
        """Store a preset. Raises PresetNameTaken."""

    def get(self, preset_id: str) -> Preset:
        """Return the preset. Raises PresetNotFound."""

    def all(self) -> tuple[Preset, ...]:
        """Return every preset by name."""

    def delete(self, preset_id: str) -> None:
        """Delete the preset. Raises PresetNotFound."""
