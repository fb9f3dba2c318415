"""Pages of the list of runs in memory."""

from collections.abc import Mapping
from typing import Any

from ..annotations import Annotation
from ..errors import InvalidInput, Problem
from ..figures import SORTED_FIGURES
from ..messages import Message
from ..ports import Page
from ..run import Run
from ..run_query import SORTS, RunQuery


def page_of(runs: Mapping[str, Run], annotations: Mapping[str, Annotation], query: RunQuery) -> Page:
    """Return a page of `runs`; the cursor is the order and the last run's id. Raises InvalidInput."""
    name = query.sort.removeprefix("-")
    if name not in SORTS:
        message = Message("NOT_ALLOWED.sort", names=", ".join(SORTS))
        raise InvalidInput((Problem.of("sort", message, list(SORTS)),))
    found = [run for run in runs.values() if _key(run, name)[0] is not None]
    if query.cursor is not None:
        order, _, run_id = query.cursor.partition(" ")
        if order != query.sort or run_id not in runs:
            raise InvalidInput((Problem.of("cursor", Message("INVALID_CURSOR")),))
        last = _key(runs[run_id], name)
        before = query.sort.startswith("-")
        found = [run for run in found if (_key(run, name) < last) == before and run.run_id != run_id]
    found.sort(key=lambda run: _key(run, name), reverse=query.sort.startswith("-"))
    found = [run for run in found if _is_wanted(run, annotations.get(run.run_id, Annotation()), query)]
    page = tuple(found[: query.limit])
    return Page(page, f"{query.sort} {page[-1].run_id}" if len(found) > len(page) else None)


def _key(run: Run, name: str) -> tuple[Any, str]:
    if name == "created_at":
        return run.created_at, run.run_id
    return run.end.metrics.get(SORTED_FIGURES[name]), run.run_id


def _is_wanted(run: Run, annotation: Annotation, query: RunQuery) -> bool:
    asked = run.request
    found = {
        "ticker": asked.ticker,
        "rule_type": asked.rule_type,
        "status": run.status,
        "rule_id": asked.rule_id,
        "data_hash": run.pin and run.pin.data_hash,
    }
    for name, stored in found.items():
        value = getattr(query, name)
        if value is not None and stored != value:
            return False
    if query.tag is not None and query.tag not in annotation.tags:
        return False
    places = (asked.rule_id or "", asked.ticker or "", annotation.note, *annotation.tags)
    return query.q is None or any(query.q.lower() in place.lower() for place in places)
