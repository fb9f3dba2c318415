"""From the words of a command line to the text of a request; `read_request` alone judges it."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click
from stockbt_domain.fields import FIELDS, FIELDS_BY_NAME, Field, typed
from stockbt_domain.rules import RULES_BY_NAME

C = TypeVar("C", bound=Callable[..., Any])

ARGUMENTS = ("ticker", "rule_type", "params")
SHORT = {"start_date": "--start", "end_date": "--end"}


def request_options(command: C) -> C:
    """Give a command every field of a request that is not one of its arguments as an option."""
    for field in reversed(FIELDS):
        if field.name in ARGUMENTS:
            continue
        if field.kind == "boolean":
            flag = click.option(f"--{field.name}", flag_value="true", default=None, help=field.description)
            command = flag(command)
            continue
        names = [f"--{field.name.replace('_', '-')}", *filter(None, [SHORT.get(field.name)])]
        command = click.option(*names, field.name, metavar=_metavar(field), help=_help(field))(command)
    return command


def _metavar(field: Field) -> str:
    if field.kind == "choice":
        return f"[{'|'.join(field.choices)}]"
    return {"number": "NUMBER", "date": "YYYY-MM-DD"}.get(field.kind, "TEXT")


def _help(field: Field) -> str:
    known = [] if field.default is None else [f"default {field.default}"]
    if field.kind == "number" and isinstance(field.allowed, dict):
        known += [f"{name} {limit:.15g}" for name, limit in field.allowed.items()]
    return field.description + (f" ({', '.join(known)})" if known else "")


def request_text(
    ticker: str,
    rule: str,
    options: Mapping[str, str | None],
    *,
    params: Sequence[str] = (),
    params_json: str | None = None,
) -> str:
    """Return the JSON text that a program would have sent; `params` are texts such as `period=14`.

    Raises click.BadParameter where the words contradict each other.
    """
    if params and params_json is not None:
        raise click.BadParameter("give --param or --params, not both", param_hint="--params")
    body: dict[str, object] = {"ticker": ticker, "rule_type": rule}
    for name, text in options.items():
        if text is not None:
            body[name] = typed(FIELDS_BY_NAME[name].kind, text)
    members = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in body.items()]
    if params_json is not None:
        members.append(f'"params": {_as_sent(params_json)}')
    elif params:
        members.append(f'"params": {json.dumps(_params(rule, params))}')
    return "{" + ", ".join(members) + "}"


def _as_sent(text: str) -> str:
    """Return JSON text unchanged, since parameters are stored as received; other text as a string."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return json.dumps(text)
    return text


def _params(rule: str, texts: Sequence[str]) -> dict[str, object]:
    known = RULES_BY_NAME[rule].by_name if rule in RULES_BY_NAME else {}
    params: dict[str, object] = {}
    for text in texts:
        name, _, value = text.partition("=")
        name = name.strip()
        if name in params:
            raise click.BadParameter(f"{name!a} is given more than once", param_hint="--param")
        params[name] = typed(known[name].kind if name in known else "number", value.strip())
    return params
