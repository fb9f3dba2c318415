"""Transactions: what is tried again, what is told, and what is left behind."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, make_url, select, text, update
from sqlalchemy.exc import DataError, IntegrityError
from stockbt_adapters_mysql.database import Database, connect
from stockbt_adapters_mysql.runs import SqlRuns
from stockbt_adapters_mysql.schema import presets, run_events, run_results, runs
from stockbt_domain.errors import StorageUnavailable
from stockbt_domain.run import Run
from stockbt_domain.testing.contracts import samples


def a_preset(name: str) -> dict[str, Any]:
    """Return a preset's row."""
    return {"id": name, "name": name, "fields_json": "", "created_at": samples.NEW_YEARS_EVE}


def rename(connection: Connection, name: str, to: str) -> None:
    """Change one row, which locks it."""
    connection.execute(update(presets).where(presets.c.id == name).values(fields_json=to))


def both(*works: Callable[[], None]) -> None:
    """Run `works` in threads of their own and raise what one of them raised."""
    errors: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for error in errors:
        raise error


@pytest.mark.docker
def test_a_deadlock_is_tried_again_as_a_whole(mysql: Database) -> None:
    """Two transactions that lock each other out both commit, the loser on a further try."""
    mysql.write(lambda c: c.execute(insert(presets), [a_preset("a"), a_preset("b")]).close())
    locked = threading.Barrier(2)
    tries: list[str] = []

    def cross(first: str, second: str) -> None:
        def work(connection: Connection) -> None:
            tries.append(first)
            rename(connection, first, first)
            if tries.count(first) == 1:
                locked.wait(30)
            rename(connection, second, first)

        mysql.write(work)

    both(lambda: cross("a", "b"), lambda: cross("b", "a"))
    stored = mysql.read(lambda c: c.execute(select(presets.c.fields_json)).scalars().all())

    assert len(tries) == 3
    assert stored[0] == stored[1]


@pytest.mark.docker
def test_a_lock_time_out_is_rolled_back_and_tried_again(mysql: Database) -> None:
    """MySQL's 1205 undoes one statement only; nothing of the first try is left."""
    mysql.write(lambda c: c.execute(insert(presets), [a_preset("a")]).close())
    holder = mysql.engine.connect()
    holder.begin()
    rename(holder, "a", "held")
    tries: list[int] = []

    def work(connection: Connection) -> None:
        tries.append(len(tries))
        connection.execute(text("SET SESSION innodb_lock_wait_timeout = 1"))
        connection.execute(insert(presets).values(a_preset(f"try {len(tries)}")))
        if len(tries) == 2:
            holder.rollback()
        rename(connection, "a", "mine")

    mysql.write(work)
    holder.close()
    names = mysql.read(lambda c: c.execute(select(presets.c.id).order_by(presets.c.id)).scalars().all())

    assert names == ["a", "try 2"]


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    """What was written before the failure is undone."""

    def work(connection: Connection) -> None:
        connection.execute(insert(presets).values(a_preset("a")))
        raise KeyError("ours")

    with pytest.raises(KeyError, match="ours"):
        database.write(work)
    assert database.read(lambda c: c.execute(select(presets)).all()) == []


@pytest.mark.parametrize("table", [run_events.name, run_results.name])
def test_a_save_is_one_transaction(database: Database, table: str) -> None:
    """When event or result cannot be written, the row is not changed either."""
    repository = SqlRuns(database)
    run = samples.a_run()
    repository.add(run, samples.first_event(run))
    mine = samples.claimed(run)
    repository.save(run, mine, event=samples.an_event(run, mine))
    result = samples.a_result()
    after = samples.succeeded(mine, result)

    def fail(_c: Any, _k: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(f"INSERT INTO {table}"):
            raise ConnectionAbortedError("pulled the plug")

    event.listen(database.engine, "before_cursor_execute", fail)
    try:
        with pytest.raises(ConnectionAbortedError):
            repository.save(mine, after, event=samples.an_event(mine, after), result=result)
    finally:
        event.remove(database.engine, "before_cursor_execute", fail)

    assert repository.get(run.run_id) == mine
    assert len(repository.events(run.run_id)) == 2


def test_a_broken_constraint_is_our_own_fault(database: Database) -> None:
    """A row twice is no outage: the error passes as it is, for the repository to name."""
    database.write(lambda c: c.execute(insert(presets), [a_preset("a")]).close())

    with pytest.raises(IntegrityError):
        database.write(lambda c: c.execute(insert(presets), [a_preset("a")]).close())


def test_a_reference_needs_its_row(database: Database) -> None:
    """Results belong to a run, on SQLite too."""
    row = {"run_id": "none", "equity_curve": b"", "trades": b"", "orders": b"", "series": b""}

    with pytest.raises(IntegrityError):
        database.write(lambda c: c.execute(insert(run_results).values(row)).close())


@pytest.mark.docker
def test_text_that_does_not_fit_is_refused(mysql: Database) -> None:
    """Strict mode: nothing is cut off silently."""
    run = samples.a_run(ticker="T" * 33)

    with pytest.raises(DataError):
        SqlRuns(mysql).add(run, samples.first_event(run))


@pytest.mark.docker
def test_the_session_is_set_up(mysql: Database) -> None:
    """Every connection reads what is committed, in UTC and strictly."""
    query = text("SELECT @@transaction_isolation, @@time_zone, @@sql_mode, @@character_set_client")
    isolation, zone, mode, charset = mysql.read(lambda c: c.execute(query).one())

    assert (isolation, zone, charset) == ("READ-COMMITTED", "+00:00", "utf8mb4")
    assert "STRICT_TRANS_TABLES" in mode


@pytest.mark.docker
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"password": "wrong"}, "refused user or password"),
        ({"host": "127.0.0.1", "port": 1}, "cannot be reached"),
        ({"database": "elsewhere"}, "may not use|no such database"),
    ],
)
def test_a_server_that_cannot_be_used_is_told(mysql: Database, change: dict[str, Any], told: str) -> None:
    """The sentence says what is wrong, and the driver's error is its cause."""
    away = connect(mysql.engine.url.set(**change))

    with pytest.raises(StorageUnavailable, match=told) as caught:
        SqlRuns(away).open_runs()
    assert caught.value.__cause__ is not None
    assert "wrong" not in str(caught.value)


@pytest.mark.docker
def test_a_killed_connection_is_replaced(mysql: Database) -> None:
    """The pool notices a connection that the server closed before it is used."""
    repository = SqlRuns(mysql)
    repository.open_runs()
    with mysql.engine.connect() as killer:
        mine = "db = DATABASE() AND id <> CONNECTION_ID()"
        ids = killer.execute(text(f"SELECT id FROM information_schema.processlist WHERE {mine}"))
        for number in ids.scalars().all():
            killer.execute(text(f"KILL {number}"))

    assert repository.open_runs() == ()


def test_sqlite_waits_for_the_other_writer(sqlite: Database) -> None:
    """Many writers on one file take turns; none of them is told that it is locked."""
    repository = SqlRuns(sqlite)

    def add() -> None:
        for _ in range(20):
            run = samples.a_run()
            repository.add(run, samples.first_event(run))

    both(add, add, add)

    assert len(repository.open_runs()) == 60


def test_a_reader_does_not_wait_for_a_writer(sqlite: Database) -> None:
    """While a transaction writes, others read what was committed before."""
    repository = SqlRuns(sqlite)
    seen: list[Any] = []

    def work(connection: Connection) -> None:
        connection.execute(insert(presets).values(a_preset("a")))
        seen.append(repository.open_runs())

    sqlite.write(work)

    assert seen == [()]


def test_a_full_disk_is_told(sqlite: Database) -> None:
    """A file that cannot grow is no fault of ours, and what was there stays."""
    repository = SqlRuns(sqlite)
    run = samples.a_run()
    repository.add(run, samples.first_event(run))
    pages = sqlite.read(lambda c: c.execute(text("PRAGMA page_count")).scalar_one())

    def limit(connection: Any, *_rest: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(sqlite.engine, "checkout", limit)
    big: Run = samples.a_run(request_text="x" * 1_000_000)

    with pytest.raises(StorageUnavailable, match="disk is full"):
        repository.add(big, samples.first_event(big))
    assert [known.run for known in repository.open_runs()] == [run]


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    """A wrong file is neither used nor overwritten."""
    path = tmp_path / "stockbt.sqlite3"
    path.write_bytes(b"Date,Open\n" * 1000)

    with pytest.raises(StorageUnavailable, match="not a database"):
        SqlRuns(connect(make_url(f"sqlite:///{path}"))).open_runs()
    assert path.read_bytes() == b"Date,Open\n" * 1000


def test_a_read_only_database_is_told(
    sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can be read is read; a write says why it cannot be. The URI's name makes no folder of its own."""
    folder = tmp_path / "folder"
    folder.mkdir()
    monkeypatch.chdir(folder)
    repository = SqlRuns(connect(make_url(f"sqlite:///file:{sqlite.engine.url.database}?mode=ro&uri=true")))
    run = samples.a_run()

    assert repository.open_runs() == ()
    with pytest.raises(StorageUnavailable, match="read-only"):
        repository.add(run, samples.first_event(run))
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """The message names the folder."""
    (tmp_path / "file").write_text("")

    with pytest.raises(StorageUnavailable, match="file/home"):
        connect(make_url(f"sqlite:///{tmp_path}/file/home/x.db"))


def test_pages_are_read_from_an_index(database: Database) -> None:
    """Each filter has an index that also gives the order: nothing is sorted."""
    for column in ("status", "ticker", "rule_type", "rule_id"):
        query = (
            select(runs.c.run_id)
            .where(runs.c[column] == "x")
            .order_by(runs.c.created_at.desc(), runs.c.run_id.desc())
            .limit(51)
        )
        sql = str(query.compile(database.engine, compile_kwargs={"literal_binds": True}))
        explain = "EXPLAIN FORMAT=TREE " if database.on_mysql else "EXPLAIN QUERY PLAN "
        plan = str(database.read(lambda c, s=explain + sql: c.exec_driver_sql(s).all()))  # type: ignore[misc]

        assert f"ix_runs_{column}" in plan
        assert "sort" not in plan.lower().replace("temp b-tree", "sort")
