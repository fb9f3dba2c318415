"""Mutants of the engine and the figures: which of them no test notices. The account is in docs/engine.md.

`list` needs cosmic-ray (in an environment of its own) and writes every mutant's source; `run` needs the
tests' environment and prints those that survive the golden cases and the given tests. No file is changed:
each mutant is loaded from memory, in a process forked from one that has numpy and pytest in it already.

    python benchmarks/mutants.py list path/of/ledger.py > ledger.jsonl
    python -m benchmarks.mutants run stockbt_engine_legacy.ledger ledger.jsonl tests/engine_legacy
"""

import argparse
import difflib
import json
import os
import re
import resource
import sys
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.util import find_spec, spec_from_loader
from pathlib import Path

NEIGHBOURS = re.compile(
    r"core/(ReplaceBinaryOperator_(Add_Sub|Sub_Add|Mul_Div|Div_Mul|FloorDiv_Div|Mod_Mul|Pow_Mul|BitAnd_BitOr|BitOr_BitAnd)"
    r"|ReplaceComparisonOperator_(Eq_NotEq|NotEq_Eq|Lt_LtE|Lt_Gt|LtE_Lt|LtE_Gt|Gt_GtE|Gt_Lt|GtE_Gt|GtE_Lt|Is_IsNot|IsNot_Is)"
    r"|ReplaceUnaryOperator_.*|AddNot|Replace(True|False|And|Or|Break|Continue)With.*|ExceptionReplacer|NumberReplacer"
    r"|RemoveDecorator|ZeroIterationForLoop)"
)
"""Of the mutations those to what is next to it: + to -, > to >= and <, a number to the next."""

HEAVY = ("numpy", "pandas", "talib", "hypothesis.extra.numpy", "pytest", "stockbt_domain.rules")
PROCESSOR_SECONDS, BYTES = 60, 6 * 2**30
"""What a mutant may use up: some never end, or ask for memory without end."""


def list_mutants(path: Path) -> None:
    """Print every mutant of a module as a line of JSON: what it is, its difference, its source."""
    from cosmic_ray.mutating import mutate_code  # type: ignore[import-not-found]
    from cosmic_ray.plugins import get_operator, operator_names  # type: ignore[import-not-found]

    source = path.read_text()
    seen = {source}
    for name in operator_names():
        if not NEIGHBOURS.fullmatch(name):
            continue
        occurrence = 0
        while (mutant := mutate_code(source, get_operator(name)(), occurrence)) is not None:
            occurrence += 1
            if mutant in seen:
                continue
            seen.add(mutant)
            lines = difflib.unified_diff(source.splitlines(), mutant.splitlines(), lineterm="", n=0)
            print(json.dumps({"name": name, "diff": "\n".join(list(lines)[2:]), "source": mutant}))


class FromMemory(MetaPathFinder, Loader):
    """Imports one module from a given source."""

    def __init__(self, module: str, source: str) -> None:
        self.module, self.source = module, source

    def find_spec(self, name, path=None, target=None):
        """Return this loader for the module, nothing for others."""
        return spec_from_loader(name, self) if name == self.module else None

    def exec_module(self, module) -> None:
        """Run the source as the module."""
        module.__file__ = str(self.file)
        exec(compile(self.source, str(self.file), "exec"), module.__dict__)

    file: Path = Path("mutant.py")


def survives(module: str, source: str, tests: list[str]) -> bool:
    """Return whether the tests pass in a child process that loads the mutant."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
            resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
            silence = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silence, 1)
            os.dup2(silence, 2)
            sys.meta_path.insert(0, FromMemory(module, source))
            golden = import_module("tests.engine_legacy.test_reproducible")
            accepted = json.loads(golden.GOLDEN.read_text())
            if any(accepted[name] != digest for name, digest in golden.golden_cases()):
                os._exit(status)
            pytest = import_module("pytest")
            status = int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *tests]))
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    return status == 0


def run_mutants(module: str, mutants: Path, tests: list[str]) -> None:
    """Print the mutants that all tests let pass, and how many there were. The original must pass."""
    spec = find_spec(module.partition(".")[0])
    if spec is None or module in sys.modules:
        raise SystemExit(f"{module} is not there, or loaded already")
    for name in HEAVY:
        import_module(name)
    source = Path(str(spec.submodule_search_locations[0]), f"{module.partition('.')[2]}.py").read_text()
    hypothesis = import_module("hypothesis")
    phases = (
        hypothesis.Phase.explicit,
        hypothesis.Phase.generate,
    )  # a killed mutant needs no smallest example
    hypothesis.settings.register_profile("mutants", phases=phases, derandomize=True, database=None)
    hypothesis.settings.load_profile("mutants")
    if not survives(module, source, tests):
        raise SystemExit("the tests fail without any mutant")
    rows = [json.loads(line) for line in mutants.read_text().splitlines()]
    left = 0
    for number, row in enumerate(rows, start=1):
        if survives(module, row["source"], tests):
            left += 1
            print(f"--- {number} {row['name']}\n{row['diff']}", flush=True)
    print(f"{len(rows)} mutants, {len(rows) - left} killed, {left} survived")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list").add_argument("path", type=Path)
    run = commands.add_parser("run")
    run.add_argument("module")
    run.add_argument("mutants", type=Path)
    run.add_argument("tests", nargs="+")
    options = parser.parse_args()
    if options.command == "list":
        list_mutants(options.path)
    else:
        run_mutants(options.module, options.mutants, options.tests)


if __name__ == "__main__":
    main()
