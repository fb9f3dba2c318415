"""`stockbt reconcile`: rows and workers brought together again, without a web app."""

import time
from dataclasses import asdict

import click

from ..exit_codes import Exit
from ..options import json_option, this_machine
from ..printing import print_json, say


@click.command()
@click.option("--once", is_flag=True, help="Make one pass and end.")
@click.option(
    "--every",
    "seconds",
    type=click.FloatRange(min=0.1),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="Between two passes.",
)
@json_option
def reconcile(once: bool, seconds: float, as_json: bool) -> Exit:
    """Launch, fail or tidy up what a crash left behind, as the web app does in the background."""
    from stockbt_domain.usecases.reconcile import Pass
    from stockbt_domain.usecases.reconcile import reconcile as make_pass

    if as_json and not once:
        raise click.UsageError("--json prints one document and needs --once")
    with this_machine(level="INFO") as opened:
        while True:
            with opened.bench.leader.hold() as leading:
                done = make_pass(opened.dispatch, budget=opened.budget) if leading else Pass()
            if as_json:
                print_json({**asdict(done), "leading": leading})
            elif not leading:
                say("another process is reconciling now; nothing was done")
            else:
                click.echo(", ".join(f"{count} {name}" for name, count in asdict(done).items()))
            if once:
                return Exit.DONE
            time.sleep(seconds)
