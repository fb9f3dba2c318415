"""The engine's lock: the SHA-256 of each of its source files, so that a change is a decision.

`python -m stockbt_engine_legacy.lock` lists the files that differ; `--write` accepts them.
"""

import sys
from hashlib import sha256
from pathlib import Path

PACKAGE = Path(__file__).parent
LOCK = PACKAGE / "engine.lock"


def current() -> dict[str, str]:
    """Return the SHA-256 of every source file of the engine by its name."""
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in sorted(PACKAGE.glob("*.py"))}


def locked() -> dict[str, str]:
    """Return the digests that were accepted."""
    lines = LOCK.read_text(encoding="ascii").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def differences() -> list[str]:
    """Return the names of files that are new, gone or not as locked."""
    now, then = current(), locked()
    return sorted(name for name in now.keys() | then.keys() if now.get(name) != then.get(name))


def main(arguments: list[str]) -> int:
    """Check the lock, or write it; return the exit status."""
    if arguments == ["--write"]:
        lines = (f"{digest}  {name}\n" for name, digest in current().items())
        LOCK.write_text("".join(lines), encoding="ascii")
        return 0
    changed = differences()
    for name in changed:
        print(f"differs from engine.lock: {name}", file=sys.stderr)
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
