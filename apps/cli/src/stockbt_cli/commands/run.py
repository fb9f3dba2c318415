"""`stockbt run`: one backtest from the request to its figures."""

import click
from stockbt_domain.errors import Conflict

from ..backend import Backend
from ..exit_codes import Exit
from ..options import json_and_server, open_backend, stopped_by_sigterm
from ..printing import print_json, print_run, say
from ..request_text import request_options, request_text


@click.command()
@click.argument("ticker")
@click.argument("rule")
@click.option(
    "--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter of the rule; repeatable."
)
@click.option("--params", "params_json", metavar="JSON", help="All parameters as one JSON object.")
@request_options
@json_and_server
def run(
    ticker: str,
    rule: str,
    params: tuple[str, ...],
    params_json: str | None,
    server: str | None,
    as_json: bool,
    **fields: str | None,
) -> Exit:
    """Backtest RULE on TICKER and print the result.

    `stockbt rules` lists the rules with their parameters, `stockbt data list` the tickers.
    """
    text = request_text(ticker, rule, fields, params=params, params_json=params_json)
    with stopped_by_sigterm(), open_backend(server) as backend:
        run_id = backend.submit(text)
        say(f"run {run_id} is PENDING")
        return followed(run_id, backend, as_json=as_json)


def followed(run_id: str, backend: Backend, *, as_json: bool) -> Exit:
    """Follow a run to its end, print it and return the exit code; Ctrl-C cancels it."""
    try:
        backend.follow(run_id, say)
    except KeyboardInterrupt:
        say(f"interrupted: cancelling run {run_id}")
        try:
            document = backend.cancel(run_id)
        except Conflict:  # it ended in the same moment
            document = backend.run(run_id)
        if as_json:
            print_json(document)
        return Exit.COULD_NOT
    document = backend.run(run_id, series=as_json)
    say(f"run {run_id} is {document['status']}")
    if as_json:
        print_json(document)
    else:
        print_run(document)
    if document["error_message"]:
        say(f"stockbt: {document['error_code']}: {document['error_message']}")
    verdict_is_good = document["verdict"] != "different"
    return Exit.DONE if document["status"] == "SUCCEEDED" and verdict_is_good else Exit.RUN_FAILED
