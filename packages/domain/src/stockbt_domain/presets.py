"""Named sets of rule, parameters and trading terms that a user keeps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Preset:
    """A named strategy: `fields` holds `rule_type`, `params` and any of the trading fields."""

    id: str
    name: str
    fields: Mapping[str, Any]
    created_at: datetime
