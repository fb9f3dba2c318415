"""Tables of a result as Parquet files, with types that need no guessing."""

import io

import numpy as np
from arro3.core import Array, DataType, Table
from arro3.io import write_parquet
from stockbt_domain.columns import NO_TIME, ORDER_REASONS, public_side
from stockbt_domain.result import Columns

_TIMES = ("time", "timestamp", "entry_timestamp", "exit_timestamp")


def parquet_file(columns: Columns) -> bytes:
    """Return a table as a Parquet file: times in UTC to the microsecond, texts as in the CSV file, and null
    where an open trade has no value."""
    file = io.BytesIO()
    write_parquet(Table.from_pydict({name: _column(name, values) for name, values in columns.items()}), file)
    return file.getvalue()


def _column(name: str, values: memoryview) -> Array:
    numbers = np.asarray(values)
    if name in _TIMES:
        known = [None if moment == NO_TIME else moment for moment in numbers.tolist()]
        return Array(known, type=DataType.int64()).cast(DataType.timestamp("us", tz="UTC"))
    if name in ("side", "signal"):
        return Array([public_side(sign) for sign in numbers.tolist()], type=DataType.utf8())
    if name == "reason":
        return Array([ORDER_REASONS[reason] for reason in numbers.tolist()], type=DataType.utf8())
    if name == "exit_price":
        known = [None if price != price else price for price in numbers.tolist()]
        return Array(known, type=DataType.float64())
    return Array.from_numpy(np.ascontiguousarray(numbers))
