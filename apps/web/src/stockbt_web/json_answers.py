"""What answers in JSON are written with: JSON has no infinity and no NaN, whatever a figure became."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from flask.json.provider import DefaultJSONProvider


class FiniteJson(DefaultJSONProvider):
    """Flask's JSON in the order it is given, with null for a number that is none."""

    sort_keys = False

    def dumps(self, obj: Any, **options: Any) -> str:
        """Return the JSON text; only an answer that holds such a number is gone through for it."""
        try:
            return super().dumps(obj, allow_nan=False, **options)
        except ValueError:
            return super().dumps(_finite(obj), allow_nan=False, **options)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _finite(part) for name, part in value.items()}
    return [_finite(part) for part in value] if isinstance(value, (list, tuple)) else value
