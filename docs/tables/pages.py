"""Where the code's parts go: between `<!-- from the code: NAME -->` and `<!-- end -->` of a page."""

import re
from collections.abc import Callable
from pathlib import Path

from . import database, environment, example, http, request, result

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", ROOT / "docs" / "contracts.md", ROOT / "docs" / "engine.md")
PARTS: dict[str, Callable[[], str]] = {
    "settings": environment.settings,
    "environment": environment.environment,
    "worker-exit-codes": environment.worker_exit_codes,
    "cli-exit-codes": environment.cli_exit_codes,
    "calls": http.calls,
    "request-fields": request.fields,
    "rules": request.rules,
    "problem-codes": request.problem_codes,
    "file-problem-codes": request.file_problem_codes,
    "example-refused": example.refused,
    "example-request": example.request,
    "example-run": example.run,
    "run-fields": result.run_fields,
    "metrics": result.metrics,
    "definitions": result.definitions,
    "trade-columns": result.trade_columns,
    "order-columns": result.order_columns,
    "order-reasons": result.order_reasons,
    "run-key": result.run_key_fields,
    "tables": database.tables,
    "revisions": database.revisions,
    "rights": database.rights,
}
_PLACE = re.compile(
    r"(?P<begin><!-- from the code: (?P<name>[\w-]+) -->\n).*?(?P<end>^<!-- end -->$)",
    re.DOTALL | re.MULTILINE,
)


def written(text: str) -> str:
    """Return a page with each part as the code gives it now. Raises KeyError for a part that there is not."""
    return _PLACE.sub(lambda place: f"{place['begin']}{PARTS[place['name']]()}\n{place['end']}", text)


def asked_for(text: str) -> list[str]:
    """Return the names of the parts that a page asks for, in order."""
    return [place["name"] for place in _PLACE.finditer(text)]
