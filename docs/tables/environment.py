"""The environment contract: every variable that the sources read, with the default that they give it."""

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from pathlib import Path

from stockbt_adapters_k8s.cluster import TEMPLATE
from stockbt_cli.exit_codes import Exit as CliExit
from stockbt_runtime.settings import K8S_JOBS, LAUNCHERS
from stockbt_web.settings import Settings as WebSettings
from stockbt_worker.exit_codes import Exit as WorkerExit
from stockbt_worker.settings import Settings as WorkerSettings

from .markdown import code, codes, table

ROOT = Path(__file__).parents[2]
WEB = WebSettings.from_env({})
WORKER = WorkerSettings.from_env({"RUN_ID": "00000000-0000-4000-8000-000000000001"})


@dataclass(frozen=True, slots=True)
class Variable:
    """One or more variables of one meaning; `readers` are the processes that read it, and a variable
    that is not `chosen` by an operator but set by a platform or by web is no setting."""

    names: tuple[str, ...]
    meaning: str
    default: str
    readers: str
    chosen: bool = True


_MEGABYTES = WEB.max_upload_bytes // 1024 // 1024
VARIABLES = (
    Variable(
        ("DATABASE_URL",),
        "the database: `mysql://user:password@host:3306/name`, or `sqlite:////folder/file`; on MySQL run "
        "`stockbt db upgrade` first",
        "SQLite under `STOCKBT_HOME`",
        "all",
    ),
    Variable(
        ("DB_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PASSWORD"),
        "the same in parts, for MySQL; `DATABASE_URL` comes first",
        "`DB_PORT` 3306, no password",
        "all",
    ),
    Variable(
        ("STOCKBT_HOME",),
        "folder of the embedded database and of the LOCAL launcher's locks",
        code(f"~/{WEB.shared.home.name}"),
        "all",
    ),
    Variable(
        ("JOB_LAUNCHER_MODE",),
        f"who runs workers: {code(LAUNCHERS[0])}, this machine, or {code(LAUNCHERS[1])}, the cluster "
        "(needs MySQL)",
        code(WEB.shared.launcher),
        "web, command line",
    ),
    Variable(("WORKER_JOB_TEMPLATE",), "K8S: the worker's Job, a file", code(TEMPLATE), "web, command line"),
    Variable(("K8S_NAMESPACE",), "K8S: where the Jobs are made", "the pod's own", "web, command line"),
    Variable(
        ("KUBECONFIG",),
        "K8S outside a cluster: which cluster",
        "`~/.kube/config`",
        "web, command line",
    ),
    Variable(
        ("MAX_ACTIVE_JOBS",),
        "jobs at once over all replicas",
        f"{K8S_JOBS} under `K8S`, no limit under `LOCAL`",
        "web, command line",
    ),
    Variable(
        ("START_DEADLINE_SECONDS",),
        "how long a worker may take to start",
        f"{WEB.shared.budget.start_seconds:g}",
        "web, command line",
    ),
    Variable(
        ("STOCKBT_RUN_SECONDS",),
        "how long a run may take from its first claim",
        f"{WEB.shared.budget.run_seconds:g}",
        "web, command line",
    ),
    Variable(
        ("MAX_LAUNCHES",),
        "how often a run may be launched before it is given up",
        str(WEB.shared.budget.launches),
        "web, command line",
    ),
    Variable(
        ("STOCKBT_LOCAL_WORKERS",),
        "LOCAL: workers at once on this machine",
        "the number of cores",
        "web, command line",
    ),
    Variable(("STOCKBT_WEB_PROCESSES",), "processes that serve requests", str(WEB.processes), "web"),
    Variable(("STOCKBT_MAX_UPLOAD_MB",), "the largest price file over HTTP, in MiB", str(_MEGABYTES), "web"),
    Variable(
        ("STOCKBT_LEASE_SECONDS", "STOCKBT_HEARTBEAT_SECONDS"),
        "a worker's lease and how often it is renewed",
        f"{WORKER.execution.lease_seconds:g}, {WORKER.execution.heartbeat_seconds:g}",
        "worker",
    ),
    Variable(
        ("ENGINE_VERSION", "IMAGE_TAG"),
        "what a run records as its engine's Git SHA and image; an image has both",
        f"the package's version, {code(WORKER.execution.image_tag)}",
        "all",
    ),
    Variable(
        ("OTEL_EXPORTER_OTLP_ENDPOINT",),
        "where traces go (needs `stockbt-observability[tracing]`)",
        "nowhere",
        "web, worker",
    ),
    Variable(("RUN_ID",), "the one run that a worker executes", "required", "worker", chosen=False),
    Variable(
        ("KUBERNETES_SERVICE_HOST",),
        "set by Kubernetes: then the pod's ServiceAccount is used",
        "",
        "web, command line",
        chosen=False,
    ),
    Variable(
        ("PROMETHEUS_MULTIPROC_DIR",),
        "set by web where `STOCKBT_WEB_PROCESSES` is above 1: where they count together",
        "",
        "web",
        chosen=False,
    ),
)


def settings() -> str:
    """Return the table of what an operator may set."""
    rows = [(codes(v.names), v.meaning, v.default) for v in VARIABLES if v.chosen]
    return table(("variable", "meaning", "default"), rows)


def environment() -> str:
    """Return the table of every variable, with who reads it."""
    rows = [(codes(v.names), v.readers, v.meaning, v.default) for v in VARIABLES]
    return table(("variable", "read by", "meaning", "default"), rows)


def worker_exit_codes() -> str:
    """Return the table of a worker's exit codes."""
    return _exits(WorkerExit)


def cli_exit_codes() -> str:
    """Return the table of the command line's exit codes."""
    return _exits(CliExit)


def variables_in_sources() -> set[str]:
    """Return every variable that the sources name where they look into an environment."""
    return {name for path in _sources() for name in _variables(ast.parse(path.read_text()))}


_NAME = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")


def _sources() -> Iterator[Path]:
    for folder in ("packages", "apps"):
        yield from (path for path in (ROOT / folder).glob("*/src/**/*.py") if path.parent.name != "bundled")


def _variables(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a module which looks into an environment has among its texts."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    names |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    if not names & {"env", "environ"}:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _NAME.fullmatch(node.value):
            yield node.value
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "env.get":
            yield from (argument.value for argument in node.args[:1] if isinstance(argument, ast.Constant))


def _exits(kind: type[IntEnum]) -> str:
    told = dict(_told(kind))
    return table(("code", "name", "meaning"), ((int(e), code(e.name), told[e.name]) for e in kind))


def _told(kind: type[IntEnum]) -> Iterator[tuple[str, str]]:
    """Yield each member's name with the sentence that stands below it in the source."""
    tree = ast.parse(Path(inspect.getfile(kind)).read_text())
    (body,) = (
        node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == kind.__name__
    )
    for member, below in pairwise(body):
        if isinstance(member, ast.Assign) and isinstance(below, ast.Expr):
            yield ast.unparse(member.targets[0]), ast.literal_eval(below.value)
