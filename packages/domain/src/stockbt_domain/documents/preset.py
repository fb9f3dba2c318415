"""A preset as the interfaces give it."""

from typing import Any

from ..presets import Preset
from ..run import isoformat


def preset_document(preset: Preset) -> dict[str, Any]:
    """Return a preset as the API lists it."""
    return {"id": preset.id, "name": preset.name, **preset.fields, "created_at": isoformat(preset.created_at)}
