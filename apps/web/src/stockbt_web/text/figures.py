"""How the pages write a figure: the one rounding of the domain, in the reader's language."""

from functools import cache

from babel.numbers import get_decimal_symbol, get_group_symbol, get_minus_sign_symbol, get_plus_sign_symbol
from stockbt_domain.figure_text import figure_text, known, number_text, whole

from .languages import gettext, language, ngettext


def shown_figure(value: float | int | None, unit: str, *, signed: bool = False) -> str:
    """Return a figure for reading: rounded, with its unit, and with a sign where gain or loss is meant."""
    if not known(value):
        return gettext("n/a")
    if unit == "days":
        # A fraction of days is many; a language may count whole ones in more ways than two.
        several = int(value) if whole(value, unit) else 2
        return ngettext("%(num)s day", "%(num)s days", several) % {"num": _written(number_text(value, unit))}
    return _written(figure_text(value, unit, signed=signed))


def _written(text: str) -> str:
    """Return a number written in English as this language writes it."""
    return text.translate(_signs(language()))


@cache
def _signs(code: str) -> dict[int, str]:
    """Return what a language writes for the signs of an English number."""
    return {
        ord(","): get_group_symbol(code),
        ord("."): get_decimal_symbol(code),
        ord("-"): get_minus_sign_symbol(code),
        ord("+"): get_plus_sign_symbol(code),
    }
