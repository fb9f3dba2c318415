"""`stockbt audit`: does a rule know the future?"""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from ..exit_codes import Exit
from ..options import json_option, this_machine
from ..printing import print_json, print_pairs, print_table
from ..request_text import request_text

if TYPE_CHECKING:
    from stockbt_domain.usecases.audit import Audit


@click.command()
@click.argument("rule")
@click.option(
    "--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter of the rule; repeatable."
)
@click.option("--ticker", default="SP500", show_default=True, help="Instrument whose newest data is used.")
@click.option("--engine", default="legacy", show_default=True, help="Name of the engine to audit.")
@json_option
def audit(rule: str, params: tuple[str, ...], ticker: str, engine: str, as_json: bool) -> Exit:
    """Look for look-ahead in RULE: signals and positions must not change when later bars are taken away.

    Exit codes: 0 clean, 1 look-ahead found, 2 bad usage or input, 3 the system could not do it.
    """
    from stockbt_domain.bars import from_micros
    from stockbt_domain.errors import DatasetNotFound, InvalidInput, Problem
    from stockbt_domain.problems import bounded
    from stockbt_domain.request import read_request
    from stockbt_domain.rules import RULES_BY_NAME
    from stockbt_domain.usecases.audit import audit as look
    from stockbt_runtime.engines import engine_names, load_engine

    reading = read_request(request_text(ticker, rule, {"engine": engine}, params=params))
    if reading.problems:
        raise InvalidInput(bounded(reading.problems))
    if engine not in engine_names():
        names = list(engine_names())
        raise InvalidInput((Problem("engine", "NOT_ALLOWED", f"must be one of {', '.join(names)}", names),))
    known = RULES_BY_NAME[rule]
    complete = known.complete(reading.request().params)
    with this_machine() as opened:
        found = opened.bench.datasets.versions(ticker)
        if not found:
            raise DatasetNotFound(f"there is no data for {ticker!a}; `stockbt data list` lists what there is")
        newest = found[0]
        content = opened.bench.datasets.content(newest.data_hash)
        bars = opened.bench.read_bars(content, timeframe=newest.timeframe, adjust=newest.adjusted).bars
    needed = known.bars_needed(complete) + 1
    if len(bars) < needed:
        sentence = f"{known.name} needs {needed} bars to be audited; {ticker} has {len(bars)}"
        raise InvalidInput((Problem("ticker", "TOO_FEW_BARS", sentence),))

    result = look(load_engine(engine), bars, known.name, complete)
    findings = [
        {**asdict(finding), "time": from_micros(bars.time[finding.bar]).isoformat()}
        for finding in result.findings
    ]
    if as_json:
        head = {"rule_type": known.name, "params": complete, "ticker": ticker, "engine": engine}
        verdict = {"data_hash": newest.data_hash, "clean": not findings}
        print_json({**head, **verdict, **asdict(result), "findings": findings})
    else:
        shown = ", ".join(f"{name} {value}" for name, value in complete.items())
        _print_verdict(f"{known.name} ({shown})", ticker, result, findings)
    return Exit.RUN_FAILED if findings else Exit.DONE


def _print_verdict(rule: str, ticker: str, result: "Audit", findings: list[dict[str, Any]]) -> None:
    from stockbt_domain.usecases.audit import CHECKS

    pairs = [
        ("rule", rule),
        ("data", f"{ticker}, {result.bars:,} bars, {result.signals:,} with a signal"),
        ("histories", f"{len(result.cuts)} shorter ones"),
        *(("checked", f"{check}: {CHECKS[check]}") for check in result.checks),
        ("verdict", "LOOK-AHEAD" if findings else "clean: no look-ahead found"),
    ]
    print_pairs(pairs)
    if not findings:
        return
    click.echo()
    rows = [
        (
            str(f["check"]),
            f"{f['bars_known']:,}",
            str(f["time"])[:19],
            f"{f['expected']:g}",
            f"{f['found']:g}",
        )
        for f in findings
    ]
    header = ("check", "bars known", "first difference", "of all bars", "of these")
    print_table(header, rows, right=(1, 3, 4))
