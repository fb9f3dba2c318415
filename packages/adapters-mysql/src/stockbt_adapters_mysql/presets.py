"""Presets in SQL."""

import json
from typing import Any

from sqlalchemy import Row, delete, insert, select
from sqlalchemy.exc import IntegrityError
from stockbt_domain.errors import PresetNameTaken, PresetNotFound
from stockbt_domain.messages import Message
from stockbt_domain.presets import Preset

from .database import Database
from .schema import presets


def _preset_of(row: Row[Any]) -> Preset:
    return Preset(row.id, row.name, json.loads(row.fields_json), row.created_at)


class SqlPresets:
    """The preset repository on MySQL or SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, preset: Preset) -> None:
        """Store a preset. Raises PresetNameTaken."""
        row = {
            "id": preset.id,
            "name": preset.name,
            "fields_json": json.dumps(dict(preset.fields), ensure_ascii=False, allow_nan=False),
            "created_at": preset.created_at,
        }
        try:
            self._database.write(lambda c: c.execute(insert(presets).values(row)).close())
        except IntegrityError as error:
            raise PresetNameTaken(Message("NAME_TAKEN", name=repr(preset.name))) from error

    def get(self, preset_id: str) -> Preset:
        """Return the preset. Raises PresetNotFound."""
        query = select(presets).where(presets.c.id == preset_id)
        row = self._database.read(lambda c: c.execute(query).first())
        if row is None:
            raise PresetNotFound(Message("NO_PRESET", preset=preset_id))
        return _preset_of(row)

    def all(self) -> tuple[Preset, ...]:
        """Return every preset by name."""
        query = select(presets).order_by(presets.c.name)
        return tuple(map(_preset_of, self._database.read(lambda c: c.execute(query).all())))

    def delete(self, preset_id: str) -> None:
        """Delete the preset. Raises PresetNotFound."""
        gone = delete(presets).where(presets.c.id == preset_id)
        if self._database.write(lambda c: c.execute(gone).rowcount) == 0:
            raise PresetNotFound(Message("NO_PRESET", preset=preset_id))
