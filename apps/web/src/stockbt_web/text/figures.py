"""How the pages write a figure: rounded, with its unit, in the reader's language."""

from .languages import gettext, ngettext, number


def shown_figure(value: float | int | None, unit: str, *, signed: bool = False) -> str:
    """Return a figure for reading: rounded, with its unit, and with a sign where gain or loss is meant."""
    if value is None:
        return gettext("n/a")
    if unit == "count":
        return number(value)
    if unit == "days":
        return ngettext("%(num)s day", "%(num)s days", round(value)) % {"num": number(value)}
    if unit == "percent":
        return f"{number(value, 2, sign=signed)} %"
    if unit == "money" or abs(value) < 1e6:
        return number(value, 2, sign=signed)
    return f"{value:{'+' if signed else ''}.3g}"
