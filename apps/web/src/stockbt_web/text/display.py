"""How the pages show values: times, plain text and the words for choices."""

from collections.abc import Mapping
from typing import Any

from .figures import shown_figure
from .languages import N_, moment

LABELS: Mapping[str, str] = {
    "ticker": N_("Security"),
    "rule_type": N_("Strategy"),
    "start_date": N_("From"),
    "end_date": N_("To"),
    "initial_capital": N_("Initial capital"),
    "fee_rate": N_("Fee rate"),
    "slippage_bps": N_("Slippage"),
    "size_type": N_("Size type"),
    "position_size": N_("Position size"),
    "direction": N_("Direction"),
    "timeframe": N_("Timeframe"),
    "execution": N_("Execution"),
    "rule_id": N_("Label"),
    "engine": N_("Engine"),
    "reuse": N_("Earlier result"),
    "priority": N_("Priority"),
}
CHOICES: Mapping[str, str] = {
    "percent": N_("percent of cash"),
    "value": N_("money per trade"),
    "longonly": N_("long only"),
    "longshort": N_("long and short"),
    "close": N_("signal bar's close"),
    "next_open": N_("next bar's open"),
    "single": N_("soon: a single run"),
    "bulk": N_("after single runs: one of many"),
    "1d": N_("1 day"),
    "1h": N_("1 hour"),
    "5m": N_("5 minutes"),
}


def shown() -> dict[str, Any]:
    """Return what every template shows values with."""
    return {
        "figure": shown_figure,
        "when": moment,
        "plain": plain_text,
        "choice_labels": CHOICES,
        "labels": LABELS,
    }


def plain_text(value: object) -> str:
    """Return a field's value as the form has it: whole numbers without a point."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)
