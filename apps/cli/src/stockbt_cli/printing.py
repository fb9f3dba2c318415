"""What the command line says: one JSON document, or tables for people; progress on standard error."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click
from stockbt_domain.errors import Problem
from stockbt_domain.figures import BY_NAME, SUMMARY, Figure

_UNITS = {"percent": "%", "days": "days", "money": "money"}


def say(sentence: str) -> None:
    """Tell a person how it goes, on standard error."""
    click.echo(sentence, err=True)


def print_json(document: object) -> None:
    """Print one JSON document in ASCII, valid in every terminal's encoding."""
    click.echo(json.dumps(document, allow_nan=False))


def figure_rows(metrics: Mapping[str, float | int | None]) -> list[tuple[str, str, str]]:
    """Return a summary's lines: what each figure is called, its value (a dash where undefined), its unit."""
    return [
        (figure.words, _number(figure, metrics[figure.name]), _UNITS.get(figure.unit, ""))
        for figure in SUMMARY
        if figure.name in metrics
    ]


def _number(figure: Figure, value: float | int | None) -> str:
    return "-" if value is None else figure.number(value)


def print_table(header: Sequence[str], rows: Iterable[Sequence[str]], *, right: Iterable[int] = ()) -> None:
    """Print aligned columns; those of `right` are numbers."""
    table = [list(header), *(list(row) for row in rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(header))]
    to_right = set(right)
    for row in table:
        cells = (
            cell.rjust(width) if column in to_right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        click.echo("  ".join(cells).rstrip())


def print_pairs(pairs: Iterable[tuple[str, str]]) -> None:
    """Print one label and value a line, the values aligned."""
    known = list(pairs)
    width = max((len(label) for label, _ in known), default=0)
    for label, value in known:
        click.echo(f"{label.ljust(width)}  {value}")


def print_run(run: Mapping[str, Any]) -> None:
    """Print a run: what was asked, how it ended, its figures and what limits them."""
    params = "defaults" if not run["params"] else json.dumps(run["params"])
    pairs = [
        ("run", run["run_id"]),
        ("status", run["status"]),
        ("ticker", f"{run['ticker'] or '-'} {run['timeframe'] or ''}".strip()),
        ("rule", f"{run['rule_type'] or '-'} ({params})"),
        ("range", f"{run['start_date'] or '-'} to {run['end_date'] or '-'}"),
    ]
    if run["rule_id"]:
        pairs.append(("label", run["rule_id"]))
    if run["reproduces"]:
        pairs.append(("reproduces", f"{run['reproduces']}: {run['verdict'] or 'no verdict'}"))
    if run["difference"]:
        pairs.append(("difference", run["difference"]))
    if run["status"] == "FAILED":
        pairs.append(("failed", f"{run['error_kind']} {run['error_code']}: {run['error_message']}"))
    if run["result_hash"]:
        pairs.append(("result hash", run["result_hash"]))
    print_pairs(pairs)
    if run["metrics"]:
        click.echo()
        print_table(("figure", "value", ""), figure_rows(run["metrics"]), right=(1,))
    if run["warnings"]:
        click.echo()
        for warning in run["warnings"]:
            click.echo(f"note: {warning['message']}")


def print_runs(runs: Iterable[Mapping[str, Any]]) -> None:
    """Print a list of runs, one a line."""
    total = BY_NAME["total_return_pct"]
    rows = [
        (
            run["run_id"],
            run["created_at"][:19].replace("T", " "),
            run["status"],
            run["ticker"] or "-",
            run["rule_type"] or "-",
            _number(total, run["metrics"].get(total.name)),
            run["error_code"] or "",
        )
        for run in runs
    ]
    header = ("run", "created (UTC)", "status", "ticker", "rule", "return %", "error")
    print_table(header, rows, right=(5,))


def problem_lines(problems: Iterable[Problem]) -> list[str]:
    """Return a line for each problem: field, sentence, and what is allowed where that is not said yet."""
    known = list(problems)
    width = max((len(problem.field) for problem in known), default=0)
    lines, before = [], ""
    for problem in known:
        allowed = _allowed(problem)
        more = f" (allowed: {allowed})" if allowed and allowed != before else ""
        lines.append(f"  {problem.field.ljust(width)}  {problem.message}{more}")
        before = allowed
    return lines


def _allowed(problem: Problem) -> str:
    """Return the allowed values in words, empty where the problem's own sentence names them all."""
    allowed = problem.allowed
    if isinstance(allowed, Mapping):
        if all(str(limit) in problem.message for limit in allowed.values()):
            return ""
        return ", ".join(f"{name} {limit}" for name, limit in allowed.items())
    if not isinstance(allowed, (list, tuple)):
        return ""
    words = ", ".join(str(value) for value in allowed)
    return "" if words in problem.message else words
