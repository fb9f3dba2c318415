"""The shape of the house: what lint cannot see."""

import ast
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(ROOT.glob("packages/*/src/**/*.py")) + sorted(ROOT.glob("apps/*/src/**/*.py"))


def loaded_by(statement: str, *names: str) -> set[str]:
    """Return which of the modules `names` a fresh process has loaded after `statement`."""
    code = f"{statement}\nimport sys\nprint(' '.join({set(names)!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_composition_roots_stay_small() -> None:
    """Choosing adapters takes less than 60 lines in each app."""
    roots = {str(p.relative_to(ROOT)): p.read_text().count("\n") for p in SOURCES if p.name == "bootstrap.py"}

    assert len(roots) == 3
    assert {path: n for path, n in roots.items() if n >= 60} == {}


def test_a_file_is_one_idea() -> None:
    """No source file is longer than 400 lines."""
    assert {str(p.relative_to(ROOT)) for p in SOURCES if p.read_text().count("\n") > 400} == set()


def lengths(kind: type[ast.AST], sources: Iterable[Path]) -> dict[str, int]:
    """Return how many lines each function, or each class, of the sources has."""
    found = {}
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, kind):
                found[f"{path.relative_to(ROOT)} {node.name}"] = node.end_lineno - node.lineno + 1
    return found


def test_a_function_is_seen_whole() -> None:
    """No function is longer than 50 lines; a migration, which is history, is as long as it was."""
    sources = [path for path in SOURCES if "migrations" not in path.parts]

    assert {name: n for name, n in lengths(ast.FunctionDef, sources).items() if n > 50} == {}


def test_a_port_is_small() -> None:
    """No port is longer than 60 lines."""
    ports = [path for path in SOURCES if path.parent.name == "ports"]

    assert {name: n for name, n in lengths(ast.ClassDef, ports).items() if n > 60} == {}


def test_the_worker_loads_nothing_that_it_does_not_need() -> None:
    """Neither web nor cluster nor plotting, nor the migrations' tools."""
    statement = "import stockbt_worker.main, stockbt_worker.bootstrap, stockbt_runtime.heartbeat"
    unwanted = ("flask", "kubernetes", "matplotlib", "alembic", "pandas", "gunicorn", "prometheus_client")

    assert loaded_by(statement, *unwanted) == set()


@pytest.mark.parametrize(
    "module", ["stockbt_cli.local", "stockbt_cli.main", "stockbt", "stockbt_worker.main"]
)
def test_apps_are_siblings(module: str) -> None:
    """What command line and worker share with the web app comes without a web framework."""
    assert loaded_by(f"import {module}", "flask", "gunicorn", "stockbt_web") == set()


def test_the_domain_loads_the_standard_library_only() -> None:
    """Every top-level module that it brings in is Python's own, or it itself."""
    code = (
        "import sys; before = set(sys.modules)\n"
        "import stockbt_domain, stockbt_domain.testing.workbench\n"
        "for name in stockbt_domain.__all__: getattr(stockbt_domain, name)\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(sorted(new - sys.stdlib_module_names))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "['stockbt_domain']"


def test_reading_a_run_loads_no_use_case() -> None:
    """What the domain exports is loaded when it is asked for."""
    statement = "from stockbt_domain import Run, read_request"

    assert loaded_by(statement, "stockbt_domain.usecases.submit", "stockbt_domain.usecases.execute") == set()


@pytest.mark.parametrize(
    "module", ["stockbt_web.bootstrap", "stockbt_worker.main", "stockbt_cli.main", "stockbt"]
)
def test_importing_an_app_opens_nothing(module: str, tmp_path: Path) -> None:
    """No file is made, no thread started, no connection opened."""
    code = (
        "import sys, threading\n"
        "opened = []\n"
        "watched = ('socket.connect', 'sqlite3.connect', 'subprocess.Popen', 'os.mkdir')\n"
        "sys.addaudithook(lambda event, args: opened.append(event) if event in watched else None)\n"
        f"import {module}\n"
        "print(opened, threading.active_count())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )

    assert done.stdout.strip() == "[] 1"
    assert list(tmp_path.iterdir()) == []


def test_every_package_is_a_distribution_of_its_own() -> None:
    """Folder x is distribution stockbt-x and import stockbt_x, typed."""
    for folder in [*(ROOT / "packages").iterdir(), *(ROOT / "apps").iterdir()]:
        name = folder.name.replace("-", "_")

        assert f'name = "stockbt-{folder.name}"' in (folder / "pyproject.toml").read_text()
        assert (folder / "src" / f"stockbt_{name}" / "py.typed").exists()
