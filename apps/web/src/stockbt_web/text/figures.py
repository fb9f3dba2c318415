"""How the pages write a figure: the one rounding of the domain, in the reader's language."""

from stockbt_domain.figure_text import figure_text, known, number_text, whole

from .languages import gettext, ngettext, written


def shown_figure(value: float | int | None, unit: str, *, signed: bool = False) -> str:
    """Return a figure for reading: rounded, with its unit, and with a sign where gain or loss is meant."""
    if not known(value):
        return gettext("n/a")
    if unit == "days":
        # A fraction of days is many; a language may count whole ones in more ways than two.
        several = int(value) if whole(value, unit) else 2
        return ngettext("%(num)s day", "%(num)s days", several) % {"num": written(number_text(value, unit))}
    return written(figure_text(value, unit, signed=signed))
