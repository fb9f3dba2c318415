"""Where two results first differ."""

from collections.abc import Mapping

from .result import Result


def first_difference(before: Result, after: Result) -> str | None:
    """Return a sentence on the first difference of metrics, equity curve or trades; None for none."""
    for name in sorted({*before.metrics, *after.metrics}):
        if before.metrics.get(name) != after.metrics.get(name):
            return f"metric {name} was {before.metrics.get(name)!r} and is {after.metrics.get(name)!r}"
    for table, old, new in (
        ("equity curve", before.equity_curve, after.equity_curve),
        ("trades", before.trades, after.trades),
    ):
        difference = _first_in(table, old, new)
        if difference is not None:
            return difference
    return None if before.hash == after.hash else "the results differ in their form"


def _first_in(table: str, old: Mapping[str, memoryview], new: Mapping[str, memoryview]) -> str | None:
    for name in old:
        if name not in new:
            return f"{table}: the column {name} is missing"
        if len(old[name]) != len(new[name]):
            return f"{table}: had {len(old[name])} rows and has {len(new[name])}"
        if old[name].tobytes() != new[name].tobytes():
            for row, (a, b) in enumerate(zip(old[name], new[name], strict=True)):
                if a != b and not (a != a and b != b):
                    return f"{table}: row {row + 1}, {name} was {a!r} and is {b!r}"
    return None
