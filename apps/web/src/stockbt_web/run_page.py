"""A run's own page: what its templates show."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from stockbt_domain.request import readable_json
from stockbt_domain.run import Run
from stockbt_domain.usecases.status import describe

from .figures import FIGURES
from .shown import CHOICES

ADVICE: Mapping[str, str] = {
    "INVALID_PARAMS": "Correct the fields named above: use this run as a template and execute it again.",
    "NO_DATA_IN_RANGE": "Choose dates within the data of this security, or import more data.",
    "TOO_FEW_BARS": "Choose an earlier start, or shorter periods: the rule needs more bars than there are.",
    "OUT_OF_MEMORY": "Choose a shorter range, or ask the operator for workers with more memory.",
    "CANCELLED": "It was stopped on request. Use it as a template to run it again.",
}


def run_context(run: Run, *, events: Sequence[Any]) -> dict[str, Any]:
    """Return what the view of a run is rendered from."""
    return {
        "run": run,
        "status_json": describe(run),
        "params": readable_json(run.params_text) or {},
        "events": events,
        "figure_groups": [(name, list(group)) for name, group in groupby(FIGURES, key=lambda f: f.group)],
        "advice": _advice(run),
        "choices": CHOICES,
    }


def _advice(run: Run) -> str:
    known = ADVICE.get(run.error_code or "")
    if known:
        return known
    if run.error_kind == "user_error":
        return (
            "The request cannot be met as it is: use this run as a template, change it and execute it again."
        )
    return (
        "This is not your fault: execute it again, and if it fails again, give the run's id to the operator."
    )
