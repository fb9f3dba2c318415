"""Two to twenty runs side by side: curves on one time axis, figures with the best marked, differences."""

from collections.abc import Mapping, Sequence
from typing import Any

from stockbt_domain.documents.run import describe
from stockbt_domain.errors import InvalidInput, Problem
from stockbt_domain.fields import TRADING_FIELDS
from stockbt_domain.figures import FIGURES
from stockbt_domain.messages import Message
from stockbt_domain.request import readable_json
from stockbt_domain.rules import RULES_BY_NAME
from stockbt_domain.run import Run, Status

from .curves import curves_of

FEWEST, MOST = 2, 20
BASE = 100.0
"""What every rebased equity curve begins with."""

POINTS = 3000
"""Moments of all curves together; each curve's own extremes are among them."""

_SECOND = 1_000_000
_CONFIGURATION = (
    *("ticker", "rule_type", *TRADING_FIELDS),
    *("data_hash", "engine", "engine_version", "engine_digest", "image_tag"),
)


def run_ids_of(text: str) -> tuple[str, ...]:
    """Return the ids of `runs=a,b,c`, each once. Raises InvalidInput for fewer than 2 or more than 20."""
    ids = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not FEWEST <= len(ids) <= MOST:
        message = Message("OUT_OF_RANGE.runs", minimum=FEWEST, maximum=MOST, count=len(ids))
        raise InvalidInput((Problem.of("runs", message, {"minimum": FEWEST, "maximum": MOST}),))
    return ids


def figures_of(found: Sequence[Run]) -> list[dict[str, Any]]:
    """Return each figure's values in the runs' order, and at which places its best ones are."""
    return [
        {
            "name": figure.name,
            "values": [run.end.metrics.get(figure.name) for run in found],
            "best": best_places(figure.better, [run.end.metrics.get(figure.name) for run in found]),
        }
        for figure in FIGURES
    ]


def best_places(better: str, values: Sequence[float | int | None]) -> list[int]:
    """Return where the best values are; nowhere if all are equal, or if neither more nor less is better."""
    known = [value for value in values if value is not None]
    if not better or len(known) < FEWEST or min(known) == max(known):
        return []
    best = min(known) if better == "lower" else max(known)
    return [place for place, value in enumerate(values) if value == best]


def configuration_of(run: Run) -> dict[str, Any]:
    """Return all that decides a run's result, the rule's parameters with their defaults."""
    told = describe(run)
    values = {name: told[name] for name in _CONFIGURATION if name in told}
    params = readable_json(run.request.params_text)
    rule = RULES_BY_NAME.get(run.request.rule_type or "")
    if isinstance(params, Mapping):
        defaults = {parameter.name: parameter.default for parameter in rule.parameters} if rule else {}
        values.update({f"params.{name}": value for name, value in {**defaults, **params}.items()})
    return values


def differences(found: Sequence[Run]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return what differs, each with its values in the runs' order, and what is the same for all."""
    configurations = [configuration_of(run) for run in found]
    names = list(dict.fromkeys(name for values in configurations for name in values))
    differing: list[dict[str, Any]] = []
    equal: list[dict[str, Any]] = []
    for name in names:
        values = [configuration.get(name) for configuration in configurations]
        row = {"field": name, "values": values}
        (equal if all(value == values[0] for value in values) else differing).append(row)
    return differing, equal


def compared_curves(found: Sequence[Run], *, points: int = POINTS) -> dict[str, Any]:
    """Return equity rebased to 100 and drawdown in percent of every succeeded run on one time axis.

    `time` is in seconds; a run has None outside its own range, and its last value before a moment that is
    none of its bars'.
    """
    import numpy as np

    ended = [run for run in found if run.status is Status.SUCCEEDED]
    axis: Any = np.unique(np.concatenate([[], *(_moments(run, points // len(found)) for run in ended)]))
    return {
        "time": axis.astype(np.int64).tolist(),
        "curves": [
            {"run_id": run.run_id, **(_at(run, axis) if run in ended else {"equity": [], "drawdown": []})}
            for run in found
        ],
    }


def _moments(run: Run, points: int) -> Any:
    """Return the times of the bars that draw a run's equity in so many points."""
    from stockbt_reporting.curves import decimate

    curves = curves_of(run)
    return curves.time[decimate(curves.time, [curves.columns["equity"]], max(4, points))]


def _at(run: Run, axis: Any) -> dict[str, list[float | None]]:
    """Return a run's columns at the moments of `axis`."""
    import numpy as np

    curves = curves_of(run)
    rows = np.searchsorted(curves.time, axis, side="right") - 1
    inside = (rows >= 0) & (axis <= curves.time[-1])
    columns = {
        "equity": curves.columns["equity"] / curves.capital * BASE,
        "drawdown": curves.columns["drawdown"],
    }
    return {
        name: [value if known else None for value, known in zip(column[rows].tolist(), inside, strict=True)]
        for name, column in columns.items()
    }


def compared(found: Sequence[Run]) -> dict[str, Any]:
    """Return the whole comparison as `GET /api/compare` gives it."""
    differing, equal = differences(found)
    return {
        "runs": [describe(run) for run in found],
        **compared_curves(found),
        "figures": figures_of(found),
        "differences": differing,
        "same": equal,
    }
