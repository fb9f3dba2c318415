"""The pages: the dashboard and a run's own page, rendered on the server."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, render_template, request
from stockbt_domain.datasets import Dataset
from stockbt_domain.documents.run import describe
from stockbt_domain.errors import NotFound, Problem
from stockbt_domain.fields import FIELDS, FIELDS_BY_NAME, TRADING_FIELDS
from stockbt_domain.presets import Preset
from stockbt_domain.rules import RULES, RULES_BY_NAME, Rule
from stockbt_domain.run_query import RunQuery

from ..services import workbench
from ..text.display import LABELS, plain_text, shown
from ..text.languages import N_
from ..text.wording import said
from .run import render_run, run_context
from .runs import listed

blueprint = Blueprint("pages", __name__)

RUNS_ON_DASHBOARD = 20
UNITS: Mapping[str, str] = {"fee_rate": N_("× value"), "slippage_bps": N_("bps")}


@blueprint.get("/")
def dashboard() -> str:
    """Return the dashboard; the form is filled from a run (`from`), a preset, or the query itself."""
    return render_dashboard(form=_prefilled())


@blueprint.get("/runs/<run_id>")
def run(run_id: str) -> str:
    """Return one run's page. Raises RunNotFound."""
    return render_run(run_id)


def render_dashboard(form: Mapping[str, str] | None = None, problems: Sequence[Problem] = ()) -> str:
    """Return the dashboard with `form` (submitted text by field name) and what is wrong with it."""
    ports = workbench()
    datasets: tuple[Dataset, ...] = ports.datasets.all()
    page = ports.runs.page(RunQuery(limit=RUNS_ON_DASHBOARD))
    latest = ports.runs.get(page.runs[0].run_id) if page.runs else None
    text = _with_defaults(form or {}, datasets)
    rule = RULES_BY_NAME.get(text["rule_type"], RULES[0])
    latest_run = run_context(latest, events=ports.runs.events(latest.run_id)) if latest else {}
    return render_template(
        "dashboard.html",
        form=text,
        chosen=rule,
        problems=[(problem, _anchor(problem.field, rule)) for problem in problems],
        problem_of=_by_field(problems),
        datasets=datasets,
        known_tickers={dataset.ticker for dataset in datasets},
        selected=_selected(text, datasets),
        presets=[(preset, _preset_json(preset)) for preset in ports.presets.all()],
        rules=RULES,
        fields=FIELDS_BY_NAME,
        units=UNITS,
        engines=ports.engines,
        **listed(page.runs),
        more=page.next is not None,
        **{"run": None, **latest_run},
        **shown(),
    )


def _prefilled() -> dict[str, str]:
    """Return the form's text as the query asks for it; what is not found leaves the form as it is."""
    ports = workbench()
    names = {field.name for field in FIELDS}
    text = {n: v for n, v in request.args.items() if n in names or n.startswith("params.")}
    try:
        if request.args.get("from"):
            text = {**_as_form(describe(ports.runs.get(request.args["from"]))), **text}
        if request.args.get("preset"):
            preset = ports.presets.get(request.args["preset"])
            text = {**text, **_as_form(preset.fields), "rule_id": preset.name}
    except NotFound:
        pass  # a preset or run that is gone is no reason not to show the form
    return text


def _as_form(values: Mapping[str, Any]) -> dict[str, str]:
    """Return a run's or preset's fields as the form's text."""
    names = ("ticker", "rule_type", "rule_id", "engine", "priority", *TRADING_FIELDS)
    text = {name: plain_text(values[name]) for name in names if values.get(name) is not None}
    params = values.get("params")
    if isinstance(params, Mapping):
        text.update({f"params.{name}": plain_text(value) for name, value in params.items()})
    return text


def _with_defaults(form: Mapping[str, str], datasets: Sequence[Dataset]) -> dict[str, str]:
    """Return the form's text with every field: the submitted one, else the default."""
    text = {field.name: plain_text(field.default) if field.default is not None else "" for field in FIELDS}
    text["rule_type"] = "MOVING_AVERAGE_CROSS"
    if datasets:
        text["ticker"] = datasets[0].ticker
        text["timeframe"] = datasets[0].timeframe
        if "ticker" in form and "timeframe" not in form:
            frames = [dataset.timeframe for dataset in datasets if dataset.ticker == form["ticker"]]
            text["timeframe"] = frames[0] if frames else "1d"
    text.update(form)
    return text


def _selected(text: Mapping[str, str], datasets: Sequence[Dataset]) -> Dataset | None:
    """Return the dataset that the form's security and timeframe name, if there is one."""
    for dataset in datasets:
        if dataset.ticker == text["ticker"] and dataset.timeframe == text["timeframe"]:
            return dataset
    return None


def _anchor(field: str, rule: Rule) -> str | None:
    """Return the id of the form's control for a problem's field, None where it has none."""
    if field.startswith("params."):
        name = field.removeprefix("params.")
        return f"param-{rule.name}-{name}" if name in rule.by_name else None
    return f"field-{field}" if field in LABELS else None


def _by_field(problems: Sequence[Problem]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for problem in problems:
        found.setdefault(problem.field, []).append(said(problem.message))
    return {field: "; ".join(messages) for field, messages in found.items()}


def _preset_json(preset: Preset) -> str:
    return json.dumps({**_as_form(preset.fields), "rule_id": preset.name})
