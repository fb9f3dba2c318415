"""What the command line says: one JSON document, or tables for people; progress on standard error."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click
from stockbt_domain.errors import Problem

KPIS = (
    ("total_return_pct", "total return", "%"),
    ("buy_hold_return_pct", "buy and hold", "%"),
    ("cagr", "CAGR", "%"),
    ("volatility", "volatility", "%"),
    ("sharpe_ratio", "Sharpe ratio", ""),
    ("sortino_ratio", "Sortino ratio", ""),
    ("calmar_ratio", "Calmar ratio", ""),
    ("max_drawdown_pct", "max drawdown", "%"),
    ("max_drawdown_days", "longest drawdown", "days"),
    ("exposure_pct", "exposure", "%"),
    ("num_trades", "closed trades", ""),
    ("win_rate", "win rate", "%"),
    ("profit_factor", "profit factor", ""),
    ("avg_trade_return", "average trade", "%"),
    ("expectancy", "expectancy", "money"),
    ("sqn", "SQN", ""),
    ("fees_paid", "fees paid", "money"),
    ("final_value", "final value", "money"),
)
"""Each figure's name in the document, its label and its unit, in the order of a summary."""


def say(sentence: str) -> None:
    """Tell a person how it goes, on standard error."""
    click.echo(sentence, err=True)


def print_json(document: object) -> None:
    """Print one JSON document in ASCII, valid in every terminal's encoding."""
    click.echo(json.dumps(document, allow_nan=False))


def number(value: float | int | None) -> str:
    """Return a figure for reading; an undefined one is a dash."""
    if value is None:
        return "-"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.2f}" if abs(value) >= 0.01 or value == 0 else f"{value:.3g}"


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
        rows = [
            (label, number(run["metrics"][name]), unit)
            for name, label, unit in KPIS
            if name in run["metrics"]
        ]
        print_table(("figure", "value", ""), rows, right=(1,))
    if run["warnings"]:
        click.echo()
        for warning in run["warnings"]:
            click.echo(f"note: {warning['message']}")


def print_runs(runs: Iterable[Mapping[str, Any]]) -> None:
    """Print a list of runs, one a line."""
    rows = [
        (
            run["run_id"],
            run["created_at"][:19].replace("T", " "),
            run["status"],
            run["ticker"] or "-",
            run["rule_type"] or "-",
            number(run["metrics"].get("total_return_pct")),
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
