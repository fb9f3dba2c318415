"""Large results, and the same result on both databases."""

import sys
import zlib
from typing import Any

import pytest
from sqlalchemy import event
from stockbt_adapters_mysql.codec import decoded, encoded
from stockbt_adapters_mysql.database import Database
from stockbt_adapters_mysql.runs import SqlRuns
from stockbt_domain.result import Result
from stockbt_domain.run import Run
from stockbt_domain.run_query import RunQuery
from stockbt_domain.testing.contracts import samples


def stored(database: Database, result: Result) -> Run:
    """Store a succeeded run with `result` and return it as it is read."""
    repository = SqlRuns(database)
    run = samples.a_run()
    repository.add(run, samples.first_event(run))
    mine = samples.claimed(run)
    repository.save(run, mine, event=samples.an_event(run, mine))
    after = samples.succeeded(mine, result)
    repository.save(mine, after, event=samples.an_event(mine, after), result=result)
    return repository.get(run.run_id)


def test_a_quarter_of_a_million_bars(database: Database) -> None:
    """A result of 250,000 bars comes back bit for bit."""
    result = samples.a_result(bars=250_000)
    run = stored(database, result)
    read = SqlRuns(database).result(run.run_id)

    assert read.hash == result.hash
    for table in ("equity_curve", "series"):
        assert samples.contents(getattr(read, table)) == samples.contents(getattr(result, table))


@pytest.mark.docker
def test_both_databases_store_the_same(sqlite: Database, mysql: Database) -> None:
    """Metrics and hashes are equal whichever database a run is stored in."""
    result = samples.a_result()
    first, second = stored(sqlite, result), stored(mysql, result)

    assert {k: repr(v) for k, v in first.end.metrics.items()} == {
        k: repr(v) for k, v in second.end.metrics.items()
    }
    assert first.end.result_hash == second.end.result_hash == result.hash
    assert SqlRuns(sqlite).result(first.run_id).hash == SqlRuns(mysql).result(second.run_id).hash


@pytest.mark.docker
def test_a_list_reads_no_series(mysql: Database) -> None:
    """Lists and single runs leave the table of results alone."""
    run = stored(mysql, samples.a_result())
    statements: list[str] = []

    def note(_c: Any, _k: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(mysql.engine, "before_cursor_execute", note)
    repository = SqlRuns(mysql)
    repository.page(RunQuery())
    repository.get(run.run_id)
    repository.open_runs()
    event.remove(mysql.engine, "before_cursor_execute", note)

    assert statements
    assert not any("run_results" in statement for statement in statements)


def test_a_column_of_another_format_is_refused() -> None:
    """What has no fixed size on every machine is not stored."""
    with pytest.raises(ValueError, match="'l'"):
        encoded({"time": memoryview(bytes(8)).cast("l")})


def test_columns_of_every_format_and_length() -> None:
    """Blocks hold columns of different lengths, none at all too."""
    tables: list[dict[str, Any]] = [
        {},
        {"é": memoryview(b"").cast("d")},
        {"b": memoryview(b"\x01\xff").cast("b"), "q": memoryview(bytes(range(24))).cast("q")},
    ]
    for table in tables:
        assert samples.contents(decoded(encoded(table))) == samples.contents(table)


def test_the_block_is_little_endian() -> None:
    """The bytes are the same on every machine."""
    block = zlib.decompress(encoded({"q": memoryview((258).to_bytes(8, sys.byteorder)).cast("q")}))

    assert block == b'[["q","q",1]]\n\x02\x01\x00\x00\x00\x00\x00\x00'
