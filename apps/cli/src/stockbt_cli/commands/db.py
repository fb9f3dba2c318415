"""`stockbt db`: the database's schema, the integrity of what it holds, and how long it holds it."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any, TypeVar

import click
from stockbt_domain.errors import StorageUnavailable
from stockbt_domain.event_log import chain_faults
from stockbt_domain.ports import RunRepository
from stockbt_domain.run import Run
from stockbt_domain.run_query import RunQuery

from ..exit_codes import Exit
from ..options import json_option, this_machine
from ..printing import print_json, say

T = TypeVar("T")


@click.group()
def db() -> None:
    """Bring the database to this version's schema, check it, or delete old runs."""


def _patiently(ask: Callable[[], T], seconds: float) -> T:
    """Return the answer, asked for every half second while the database is unavailable.

    Raises StorageUnavailable when the time is up.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except StorageUnavailable:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.5)


@db.command()
@click.option(
    "--wait",
    "seconds",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="SECONDS",
    help="How long to wait for a server that does not answer yet.",
)
@json_option
def upgrade(seconds: float, as_json: bool) -> None:
    """Create the tables, or bring them to this version's revision; run before a new version starts."""
    from stockbt_adapters_mysql.migrate import at_head
    from stockbt_adapters_mysql.migrate import upgrade as migrate

    with this_machine(ready=False) as opened:
        changed = not _patiently(lambda: at_head(opened.database), seconds)
        migrate(opened.database)
        kind = opened.database.engine.dialect.name
    if as_json:
        print_json({"database": kind, "changed": changed})
    else:
        click.echo(f"the {kind} database {'was brought to' if changed else 'is at'} this version's schema")


@db.command()
@click.option(
    "--timeout",
    "seconds",
    type=click.FloatRange(min=0),
    default=300.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait.",
)
def wait(seconds: float) -> None:
    """Wait until the database answers at this version's schema; exit code 3 when it does not in time."""
    from stockbt_adapters_mysql.migrate import at_head

    with this_machine(ready=False) as opened:

        def at_schema() -> None:
            if not at_head(opened.database):
                raise StorageUnavailable(
                    "the database is not at this version's schema: run `stockbt db upgrade`"
                )

        _patiently(at_schema, seconds)
    click.echo("the database is at this version's schema")


@db.command()
@json_option
def check(as_json: bool) -> Exit:
    """Check the schema, and that no event of any run was changed or lost; exit code 3 if not."""
    from stockbt_adapters_mysql.migrate import at_head, is_ahead
    from stockbt_adapters_mysql.migrate import check as differences

    found: dict[str, Any] = {
        "at_head": False,
        "ahead": False,
        "differences": [],
        "runs": 0,
        "broken_chains": [],
    }
    with this_machine(ready=False) as opened:
        found["at_head"] = at_head(opened.database)
        if found["at_head"]:
            found["ahead"] = is_ahead(opened.database)
            if not found["ahead"]:
                found["differences"] = list(differences(opened.database))
            for run in _all_runs(opened.bench.runs):
                found["runs"] += 1
                events = opened.bench.runs.events(run.run_id)
                if chain_faults(events, run_id=run.run_id, result_hashes=(run.end.result_hash,)):
                    found["broken_chains"].append(run.run_id)
    good = found["at_head"] and not found["differences"] and not found["broken_chains"]
    if not found["at_head"]:
        say("the database is not at this version's schema: run `stockbt db upgrade`")
    for difference in found["differences"]:
        say(f"the schema differs: {difference}")
    for run_id in found["broken_chains"]:
        say(f"run {run_id}: its events are not as they were written")
    if as_json:
        print_json({"good": good, **found})
    elif good:
        whose = "a later version's" if found["ahead"] else "this version's"
        click.echo(f"the database is good: its schema is {whose}, {found['runs']:,} runs are intact")
    return Exit.DONE if good else Exit.COULD_NOT


def _days(context: click.Context, parameter: click.Parameter, text: str) -> timedelta:
    days = re.fullmatch(r"(\d{1,5})d", text, re.ASCII)
    if days is None or not 1 <= int(days[1]) <= 36_500:
        raise click.BadParameter(f"must be a number of days from 1d to 36500d, such as 90d, not {text!a}")
    return timedelta(days=int(days[1]))


@db.command()
@click.option(
    "--older-than", required=True, metavar="DAYS", callback=_days, help="Age since a run ended, such as 90d."
)
@click.option("--dry-run", is_flag=True, help="Count what would be deleted and delete nothing.")
@json_option
def prune(older_than: timedelta, dry_run: bool, as_json: bool) -> None:
    """Delete runs that ended long ago, with their results, and expired idempotency keys.

    Events stay, and so do open runs and runs that another one reproduces.
    """
    from stockbt_domain.usecases.prune import prune as delete

    with this_machine() as opened:
        done = delete(
            runs=opened.bench.runs, clock=opened.bench.clock, older_than=older_than, dry_run=dry_run
        )
    if as_json:
        print_json({"older_than_days": older_than.days, "dry_run": dry_run, **asdict(done)})
        return
    verb = "would delete" if dry_run else "deleted"
    click.echo(f"{verb} {done.runs:,} runs and {done.idempotency_keys:,} expired idempotency keys")


def _all_runs(runs: RunRepository) -> Iterator[Run]:
    cursor: str | None = None
    while True:
        page = runs.page(RunQuery(limit=200, cursor=cursor))
        yield from page.runs
        cursor = page.next
        if cursor is None:
            return
