"""`stockbt rules`: the catalogue."""

from collections.abc import Mapping
from typing import Any

import click
from stockbt_domain.errors import InvalidInput, Problem

from ..options import json_and_server
from ..printing import print_json, print_table


@click.command()
@click.argument("name", required=False)
@json_and_server
def rules(name: str | None, server: str | None, as_json: bool) -> None:
    """List the rules, or describe one with its parameters and their limits."""
    known = _known(server)
    if name is None:
        if as_json:
            print_json({"rules": known})
        else:
            print_table(
                ("rule", "parameters (defaults)"), [(rule["name"], _defaults(rule)) for rule in known]
            )
        return
    rule = next((rule for rule in known if name in (rule["name"], *rule["aliases"])), None)
    if rule is None:
        names = [rule["name"] for rule in known]
        raise InvalidInput((Problem("name", "NOT_ALLOWED", f"{name!a} is not a rule", names),))
    if as_json:
        print_json(rule)
    else:
        _describe(rule)


def _known(server: str | None) -> list[dict[str, Any]]:
    if server is not None:
        from ..remote import RemoteBackend

        return RemoteBackend(server).rules()
    from stockbt_domain.documents.rule import rule_document
    from stockbt_domain.rules import RULES

    return [rule_document(rule) for rule in RULES]


def _defaults(rule: Mapping[str, Any]) -> str:
    return ", ".join(f"{p['name']} {p['default']}" for p in rule["parameters"])


def _describe(rule: Mapping[str, Any]) -> None:
    click.echo(f"{rule['name']}: {rule['description']}")
    if rule["aliases"]:
        click.echo(f"also called {', '.join(rule['aliases'])}")
    click.echo(f"buys while {rule['buy']}; sells while {rule['sell']}")
    click.echo(f"needs {rule['bars_needed']} bars with the defaults")
    click.echo()
    rows = [
        (p["name"], p["type"], str(p["default"]), str(p["minimum"]), str(p["maximum"]), p["description"])
        for p in rule["parameters"]
    ]
    print_table(("parameter", "type", "default", "minimum", "maximum", ""), rows, right=(2, 3, 4))
    for relation in rule["relations"]:
        click.echo(f"must hold: {relation}")
