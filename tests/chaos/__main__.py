"""`python -m tests.chaos --runs 300 [--seed 1]`: a campaign on a MySQL server of its own."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.mysql_server import start_mysql

from .campaign import Outcome, campaign
from .targets import Server


def main() -> int:
    """Run one campaign, print what it measured, and return 1 if it found a violation."""
    options = argparse.ArgumentParser(prog="python -m tests.chaos")
    options.add_argument("--runs", type=int, default=300)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--keep", type=Path, help="folder for the logs; a temporary one by default")
    wanted = options.parse_args()
    folder = wanted.keep or Path(tempfile.mkdtemp(prefix="stockbt-chaos-"))
    mysql = start_mysql()
    try:
        outcome = campaign(
            Server(mysql, "chaos"), folder, runs=wanted.runs, seed=wanted.seed, database_dies=True
        )
    finally:
        mysql.stop()
    show(outcome)
    print(f"logs: {folder}")
    return 1 if outcome.violations else 0


def show(outcome: Outcome) -> None:
    """Print an outcome."""
    print(f"{outcome.runs} runs, seed {outcome.seed}, {outcome.seconds:.0f} s")
    print(f"all had ended {outcome.rest_seconds:.1f} s after the last fault")
    for title, table in (("faults", outcome.faults), ("ends", outcome.ends), ("attempts", outcome.attempts)):
        print(f"{title}: " + ", ".join(f"{name}: {count}" for name, count in table.items()))
    print(f"violations: {len(outcome.violations)}")
    for violation in outcome.violations:
        print(f"  {violation.kind} {violation.run_id}: {violation.detail}")


if __name__ == "__main__":
    sys.exit(main())
