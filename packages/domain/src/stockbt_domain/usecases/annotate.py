"""Write tags and a note on a run."""

from typing import Any

from ..annotations import Annotation, read_annotation
from ..ports.run_repository import RunRepository


def annotate(run_id: str, value: Any, *, runs: RunRepository) -> Annotation:
    """Replace a run's tags and note by those of a JSON value and return them.

    Raises InvalidInput with every problem, RunNotFound.
    """
    annotation = read_annotation(value)
    runs.annotate(run_id, annotation)
    return annotation
