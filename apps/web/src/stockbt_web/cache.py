"""What was read or derived from ended runs, kept for the next request: an ended run never changes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from typing import Any, TypeVar, cast

T = TypeVar("T")

MOST_BYTES = 192 * 1024 * 1024
"""Two runs of a million bars with all their curves."""

_SMALL = 64 * 1024
"""What a value counts for that does not say how large it is."""


class ResultCache:
    """A bounded store; what was not asked for the longest goes first, the newest value always stays."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._values: OrderedDict[Hashable, Any] = OrderedDict()
        self._making: dict[Hashable, Lock] = {}
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the value of `key`, made once even where many ask for it together."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return cast(T, self._values[key])
            turn = self._making.setdefault(key, Lock())
        with turn:
            with self._lock:
                if key in self._values:
                    return cast(T, self._values[key])
            try:
                value = make()
            finally:
                with self._lock:
                    self._making.pop(key, None)
            with self._lock:
                self._values[key] = value
                while self.nbytes > self._most and len(self._values) > 1:
                    self._values.popitem(last=False)
        return value

    @property
    def nbytes(self) -> int:
        """Return the bytes that the values take."""
        return sum(_bytes(value) for value in self._values.values())


def _bytes(value: Any) -> int:
    if isinstance(value, Mapping):
        return sum(_bytes(part) for part in value.values()) if value else _SMALL
    return cast(int, getattr(value, "nbytes", _SMALL))
