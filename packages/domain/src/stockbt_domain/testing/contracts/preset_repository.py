"""What every preset repository must do."""

from dataclasses import replace
from typing import Any

import pytest

from ...errors import PresetNameTaken, PresetNotFound
from ...ports import PresetRepository
from ...presets import Preset
from ..memory import SequentialIds
from .samples import NEW_YEARS_EVE

_ids = SequentialIds()


def a_preset(name: str = "Golden cross", **fields: Any) -> Preset:
    """Return a preset with a new id."""
    fields = {"rule_type": "MA_CROSS", "params": {"slow_period": 200, "fast_period": 5e1}, **fields}
    return Preset(_ids.new_id(), name, fields, NEW_YEARS_EVE)


class PresetRepositoryContract:
    """Subclass it with a fixture `presets` that gives an empty repository."""

    def test_a_preset_reads_back_exactly(self, presets: PresetRepository) -> None:
        """Name, fields, number types and the order of the parameters come back as stored."""
        preset = a_preset("größer \U0001f680", rule_id="é", fee_rate=0.1 + 0.2)
        presets.add(preset)
        stored = presets.get(preset.id)

        assert stored == preset
        assert repr(dict(stored.fields)) == repr(dict(preset.fields))

    def test_nothing_is_there_at_first(self, presets: PresetRepository) -> None:
        """An empty repository lists nothing and finds nothing."""
        assert presets.all() == ()
        for unknown in (a_preset().id, "\U0001f680", ""):
            with pytest.raises(PresetNotFound):
                presets.get(unknown)
            with pytest.raises(PresetNotFound):
                presets.delete(unknown)

    def test_a_name_is_taken_once(self, presets: PresetRepository) -> None:
        """A second preset of the same name is refused, and the first one stays."""
        first = a_preset()
        presets.add(first)

        with pytest.raises(PresetNameTaken):
            presets.add(a_preset(rule_type="RSI"))
        assert presets.all() == (first,)

    def test_presets_are_listed_by_name(self, presets: PresetRepository) -> None:
        """Names are compared letter by letter, in the order of the letters' codes."""
        names = ["b", "B", "a", "\U0001f680", "é", "e\u0301", "a ", "x" * 255]
        for name in names:
            presets.add(a_preset(name))

        assert [preset.name for preset in presets.all()] == sorted(names)

    def test_a_deleted_preset_is_gone_and_its_name_free(self, presets: PresetRepository) -> None:
        """Deleting takes away this preset alone."""
        gone, kept = a_preset("gone"), a_preset("kept")
        presets.add(gone)
        presets.add(kept)
        presets.delete(gone.id)

        assert presets.all() == (kept,)
        with pytest.raises(PresetNotFound):
            presets.delete(gone.id)
        again = replace(a_preset(), name="gone")
        presets.add(again)
        assert presets.get(again.id) == again
