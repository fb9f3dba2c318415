"""Run this backtest again with the stockbt that is installed, and compare the hashes.

    python reproduce.py

Nothing but a temporary folder is written. Exit codes: 0 identical, 1 different, 3 it could not be run.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
FIELDS = (
    "start_date",
    "end_date",
    "initial_capital",
    "fee_rate",
    "slippage_bps",
    "size_type",
    "position_size",
    "direction",
    "timeframe",
    "execution",
    "engine",
)
OTHERS = ("DATABASE_URL", "DB_", "JOB_LAUNCHER_MODE", "STOCKBT_", "RUN_ID")


def stockbt(home: str, *words: str) -> dict[str, Any]:
    """Return what a command of stockbt answers, in a home of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OTHERS)}
    command = [sys.executable, "-m", "stockbt_cli", *words]
    done = subprocess.run(
        command, env={**environment, "STOCKBT_HOME": home}, stdout=subprocess.PIPE, encoding="utf-8"
    )
    if not done.stdout:
        print(f"stockbt {' '.join(words[:2])} gave no answer (exit code {done.returncode})", file=sys.stderr)
        sys.exit(3)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def main() -> int:
    """Compare, print, and return the exit code."""
    before = json.loads((HERE / "run.json").read_text(encoding="utf-8"))
    data = HERE / "data.csv"
    if hashlib.sha256(data.read_bytes()).hexdigest() != before["data_hash"]:
        print("data.csv is not the file that the run was computed on", file=sys.stderr)
        return 3
    with tempfile.TemporaryDirectory() as home:
        adjust = ["--adjust"] if before["adjusted"] else []
        ticker, timeframe = before["ticker"], before["timeframe"]
        stockbt(
            home,
            "data",
            "import",
            "--json",
            str(data),
            f"--ticker={ticker}",
            f"--timeframe={timeframe}",
            *adjust,
        )
        options = [f"--{name.replace('_', '-')}={before[name]}" for name in FIELDS]
        params = f"--params={json.dumps(before['params'])}"
        after = stockbt(home, "run", "--json", *options, params, "--", ticker, before["rule_type"])
    if after.get("status") != "SUCCEEDED":
        print(f"the run failed: {after.get('error_message') or after}", file=sys.stderr)
        return 3
    same = True
    for name in ("engine_digest", "run_key", "result_hash"):
        equal = before[name] == after[name]
        print(f"{name:14} {'identical' if equal else 'different'}  {before[name]}  {after[name]}")
        same = equal if name == "result_hash" else same
    print("The result is identical." if same else "The result is different.")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
