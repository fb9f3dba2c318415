"""What the product says, in English: sentences as data, made of a code and values."""

from .message import Message, revived

__all__ = ["Message", "revived"]
