"""A rule as the interfaces give it."""

from typing import Any

from ..rules import Rule


def rule_document(rule: Rule) -> dict[str, Any]:
    """Return a rule as the API lists it."""
    relations = [f"{smaller} < {larger}" for smaller, larger in rule.relations]
    return {
        "name": rule.name,
        "aliases": list(rule.aliases),
        "description": rule.description,
        "buy": rule.buy,
        "sell": rule.sell,
        "relations": relations,
        "bars_needed": rule.bars_needed(rule.complete({})),
        "parameters": [
            {
                "name": p.name,
                "type": p.kind,
                "default": p.default,
                "minimum": p.minimum,
                "maximum": p.maximum,
                "relation": next((r for r in relations if p.name in r.split(" < ")), None),
                "description": p.description,
            }
            for p in rule.parameters
        ],
    }
