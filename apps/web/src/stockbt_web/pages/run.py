"""A run's own page: one view with tabs, each tab rendered when it is looked at.

`?tab=` chooses the tab, so that the page needs no script; `?part=panel` answers with that tab's inside
alone and `?part=view` with the run's view, for a page that is open already.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template, request, url_for
from markupsafe import Markup
from stockbt_domain.documents.run import describe
from stockbt_domain.errors import StorageUnavailable
from stockbt_domain.request import readable_json
from stockbt_domain.run import Run, RunEvent, Status, known_run_id

from ..services import workbench
from ..text.display import CHOICES, shown
from ..text.languages import N_, gettext

log = logging.getLogger(__name__)

TABS: Mapping[str, str] = {
    "stats": N_("Stats"),
    "equity": N_("Equity"),
    "drawdown": N_("Drawdown"),
    "portfolio": N_("Portfolio"),
    "trades": N_("Trades"),
    "about": N_("About"),
}
ADVICE: Mapping[str, str] = {
    "INVALID_PARAMS": N_("Correct the fields named above: use this run as a template and execute it again."),
    "NO_DATA_IN_RANGE": N_("Choose dates within the data of this security, or import more data."),
    "TOO_FEW_BARS": N_(
        "Choose an earlier start, or shorter periods: the rule needs more bars than there are."
    ),
    "OUT_OF_MEMORY": N_("Choose a shorter range, or ask the operator for workers with more memory."),
    "CANCELLED": N_("It was stopped on request. Use it as a template to run it again."),
}
_PARTS = {"panel": "_panel.html", "view": "_run_view.html"}


def render_run(run_id: str) -> str:
    """Return the page of a run, or the part of it that was asked for. Raises RunNotFound."""
    ports = workbench()
    run = ports.runs.get(known_run_id(run_id))
    context = run_context(run, events=ports.runs.events(run.run_id), about=True, tab=request.args.get("tab"))
    template = _PARTS.get(request.args.get("part", ""), "run.html")
    return render_template(template, **context, **shown())


def run_context(
    run: Run, *, events: Sequence[RunEvent], about: bool = False, tab: str | None = None
) -> dict[str, Any]:
    """Return what the view of a run is rendered from: the run, its tabs, and what the chosen one shows.

    `about` is true on the run's own page, which has a tab with its request and its events.
    """
    done = run.status is Status.SUCCEEDED
    tabs = [name for name in TABS if (name == "about" and about) or (name != "about" and done)]
    tab = tab if tab in tabs else (tabs[0] if tabs else None)
    context = {
        "run": run,
        "about": about,
        "done": done,
        "open": not run.status.terminal,
        "address": url_for("pages.run", run_id=run.run_id),
        "status_json": describe(run),
        "params": readable_json(run.request.params_text) or {},
        "events": events,
        "advice": _advice(run),
        "choices": CHOICES,
        "tabs": tabs,
        "tab": tab,
        "tab_titles": {name: gettext(title) for name, title in TABS.items()},
    }
    return {**context, "panel": _panel(tab, run, context) if tab else None}


def _panel(tab: str, run: Run, context: Mapping[str, Any]) -> Markup:
    """Return the inside of a tab. One that cannot be drawn says so there: the rest of the page, which may be
    everybody's dashboard, stands. Raises StorageUnavailable, which is no fault of this run."""
    from .run_panels import PANELS  # numpy, which /health does without

    try:
        return Markup(render_template(f"_{tab}.html", **{**context, **PANELS[tab](run), **shown()}))
    except StorageUnavailable:
        raise
    except Exception:
        log.exception("a panel cannot be drawn", extra={"run_id": run.run_id, "tab": tab})
        return Markup(render_template("_failed.html", **context))


def _advice(run: Run) -> str:
    known = ADVICE.get(run.end.error_code or "")
    if known:
        return gettext(known)
    if run.end.error_kind == "user_error":
        return gettext(
            "The request cannot be met as it is: use this run as a template, change it and execute it again."
        )
    return gettext(
        "This is not your fault: execute it again, and if it fails again, give the run's id to the operator."
    )
