"""A version of a dataset as the interfaces give it."""

from typing import Any

from ..datasets import Dataset
from ..run import isoformat


def dataset_document(dataset: Dataset) -> dict[str, Any]:
    """Return a dataset as the API lists it."""
    return {
        "ticker": dataset.ticker,
        "timeframe": dataset.timeframe,
        "first": dataset.first.isoformat(),
        "last": dataset.last.isoformat(),
        "bars": dataset.bars,
        "data_hash": dataset.data_hash,
        "adjusted": dataset.adjusted,
        "size_bytes": dataset.size_bytes,
        "source": dataset.source,
        "imported_at": isoformat(dataset.imported_at),
        "findings": [
            {"code": f.code, "message": f.message, "count": f.count, "line": f.line, "date": f.date}
            for f in dataset.findings
        ],
    }
