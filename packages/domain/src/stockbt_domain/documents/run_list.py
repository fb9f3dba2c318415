"""A page of runs as the interfaces give it."""

from collections.abc import Sequence
from typing import Any

from ..annotations import Annotation
from ..ports.run_repository import RunRepository
from ..problems import shortened
from ..run import Run
from ..run_query import RunQuery
from ..sparkline import drawable
from .run import describe


def listing(query: RunQuery, *, runs: RunRepository) -> dict[str, Any]:
    """Return the runs of a page with what is written on them and a sparkline each, and the next cursor.

    Raises InvalidInput for a cursor or an order that is none.
    """
    page = runs.page(query)
    return {"runs": listed(page.runs, runs=runs), "next": page.next}


def listed(found: Sequence[Run], *, runs: RunRepository) -> list[dict[str, Any]]:
    """Return runs of a page as JSON has them; `spark` is null where there is no result."""
    ids = [run.run_id for run in found]
    annotations, sparklines = runs.annotations(ids), runs.sparklines(ids)
    return [
        {
            **describe(run),
            # A row of before may hold megabytes of it; the run's own document has it whole.
            "error_message": run.end.error_message and shortened(run.end.error_message),
            **annotations.get(run.run_id, Annotation()).as_json(),
            "spark": list(drawable(sparklines[run.run_id])) if run.run_id in sparklines else None,
        }
        for run in found
    ]
