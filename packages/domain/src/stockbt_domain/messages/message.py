"""A sentence as data: the code of its template in the catalogue, and the values in it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NoReturn, Self

from .catalogue import CATALOGUE

Value = str | int


class Message(str):
    """An English sentence that knows what it is made of, so that others can say it in their language.

    It is its English text: rows, documents, logs and terminals take it as they take any text, and only who
    translates asks for `code` and `values`. What is cut, joined or formatted out of it is plain text again.
    A value that is a message is a part of the sentence and translated with it; all others stay as they are.
    """

    __slots__ = ("code", "values")
    code: str
    values: Mapping[str, Value]

    def __new__(cls, code: str, /, **values: Value) -> Self:
        """Return the sentence. Raises KeyError for a code without template and a value that is missing."""
        message = super().__new__(cls, CATALOGUE[code] % values)
        object.__setattr__(message, "code", code)
        object.__setattr__(message, "values", MappingProxyType(values))
        return message

    @property
    def kind(self) -> str:
        """Return the public code, which several sentences may share: what is before the first point."""
        return kind_of(self.code)

    def rendered(self, translate: Callable[[str], str]) -> str:
        """Return the sentence from what `translate` makes of its template and of its parts' templates."""
        values = {
            name: value.rendered(translate) if isinstance(value, Message) else value
            for name, value in self.values.items()
        }
        return translate(CATALOGUE[self.code]) % values

    def as_json(self) -> dict[str, Any]:
        """Return what `revived` makes the message of again."""
        values = {
            name: value.as_json() if isinstance(value, Message) else value
            for name, value in self.values.items()
        }
        return {"template": self.code, "values": values}

    def __str__(self) -> str:
        """Return the message itself: `str(error)` of an error that was raised with it still is one."""
        return self

    def __format__(self, spec: str) -> str:
        """Return plain text, also where the message is all that is formatted."""
        return format(str.__str__(self), spec)

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, (self.code, dict(self.values))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a message does not change: {name}")


def kind_of(code: str) -> str:
    """Return the public code of a message's code."""
    return code.partition(".")[0]


def revived(text: str, stored: Mapping[str, Any]) -> str:
    """Return `text` as the message that `stored` names, or plainly where this catalogue says it otherwise:
    what was stored counts, and another version may have stored it."""
    try:
        message = _from_json(stored)
    except (KeyError, TypeError, ValueError, AttributeError):
        return text
    return message if message == text else text


def _from_json(stored: Mapping[str, Any]) -> Message:
    values = {
        name: _from_json(value) if isinstance(value, Mapping) else value
        for name, value in stored["values"].items()
    }
    return _made(stored["template"], values)


def _made(code: str, values: Mapping[str, Value]) -> Message:
    return Message(code, **values)
