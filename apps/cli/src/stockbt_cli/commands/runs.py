"""`stockbt runs`: what was run, and what can be done with it."""

from pathlib import Path

import click
from stockbt_domain.run import Status
from stockbt_domain.run_query import SORTS

from ..exit_codes import Exit
from ..options import json_and_server, json_option, open_backend, stopped_by_sigterm, this_machine
from ..printing import print_json, print_run, print_runs, say
from .run import followed


@click.group()
def runs() -> None:
    """List, show, cancel, repeat, verify and export runs."""


@runs.command("list")
@click.option("--ticker", help="Only this instrument.")
@click.option("--rule-type", "--rule", "rule_type", help="Only this rule.")
@click.option("--status", type=click.Choice([status.value for status in Status], case_sensitive=False))
@click.option("--rule-id", help="Only this label.")
@click.option("--tag", help="Only runs that have this tag.")
@click.option("--q", help="Only runs whose label, instrument, tags or note contain this.")
@click.option(
    "--sort",
    type=click.Choice([f"{sign}{name}" for name in SORTS for sign in ("", "-")]),
    default="-created_at",
    show_default=True,
    help="Order; a minus begins with the highest or newest.",
)
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True, help="Most runs.")
@click.option("--cursor", help="`next` of the page before.")
@json_and_server
def list_runs(server: str | None, as_json: bool, **filters: str | int | None) -> None:
    """List runs, newest first unless told."""
    with open_backend(server) as backend:
        page = backend.runs(filters)
    if as_json:
        print_json(page)
        return
    print_runs(page["runs"])
    if page["next"]:
        say(f"there are more: --cursor {page['next']}")


@runs.command()
@click.argument("run_id", metavar="ID")
@json_and_server
def show(run_id: str, server: str | None, as_json: bool) -> None:
    """Show one run; with --json its equity curve and trades too."""
    with open_backend(server) as backend:
        document = backend.run(run_id, series=as_json)
    if as_json:
        print_json(document)
        return
    print_run(document)
    click.echo()
    for event in document["events"]:
        click.echo(f"{event['at'][:19]}Z  {event['to']:<9}  {event['actor']}: {event['reason']}")


@runs.command()
@click.argument("run_id", metavar="ID")
@json_and_server
def cancel(run_id: str, server: str | None, as_json: bool) -> None:
    """End a run that has not ended."""
    with open_backend(server) as backend:
        document = backend.cancel(run_id)
    if as_json:
        print_json(document)
    else:
        click.echo(f"run {document['run_id']} is cancelled")


@runs.command()
@click.argument("run_id", metavar="ID")
@json_and_server
def reproduce(run_id: str, server: str | None, as_json: bool) -> Exit:
    """Compute a run again on the same data and say whether the result is the same.

    Exit code 1 when it is different.
    """
    with stopped_by_sigterm(), open_backend(server) as backend:
        new = backend.reproduce(run_id)
        say(f"run {new} is PENDING and repeats {run_id}")
        return followed(new, backend, as_json=as_json)


@runs.command()
@click.argument("run_id", metavar="ID")
@json_option
def verify(run_id: str, as_json: bool) -> Exit:
    """Hash a run's events and result again and say what was edited or is missing since.

    Exit code 1 when something was. Nothing is computed anew: `stockbt runs reproduce` does that.
    """
    from stockbt_domain.run import known_run_id
    from stockbt_domain.usecases.verify import verify as look

    with this_machine() as opened:
        found = look(known_run_id(run_id), runs=opened.bench.runs)
    for fault in found.faults:
        say(f"{fault.where}: {fault.message}")
    if as_json:
        print_json(
            {
                "run_id": found.run.run_id,
                "good": found.holds,
                "status": found.run.status,
                "events": found.events,
                "result_hash": found.run.end.result_hash,
                "computed_hash": found.computed_hash,
                "faults": [fault.as_json() for fault in found.faults],
            }
        )
    elif found.holds:
        result = (
            "no result to hash"
            if found.computed_hash is None
            else f"the result hashes to {found.computed_hash}"
        )
        click.echo(f"run {found.run.run_id} is as it was written: {found.events} events in order, {result}")
    return Exit.DONE if found.holds else Exit.RUN_FAILED


@runs.command()
@click.argument("run_id", metavar="ID")
@click.option(
    "--to", "folder", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder."
)
@json_and_server
def export(run_id: str, folder: Path, server: str | None, as_json: bool) -> None:
    """Write a run into a folder: run.json, its tables as CSV and Parquet, charts/*.png, report.html (needs no
    network) and bundle.zip (everything with a script that runs it again)."""
    written: list[str] = []
    with open_backend(server) as backend:
        for name, content in backend.exported(run_id):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            written.append(name)
    if as_json:
        print_json({"run_id": run_id, "folder": str(folder), "files": written})
    else:
        click.echo(f"wrote {', '.join(written)} to {click.format_filename(folder)}")
