"""A `kubectl` for a cluster that is not there: what it would run in MySQL's pod runs in a container with
MySQL, and what it would run in web's pod runs here. Everything else it refuses."""

import stat
import sys
from pathlib import Path

_SCRIPT = """\
#!/bin/sh
set -eu
[ "$1 $2 $3" = "-n stock-backtest exec" ] || {{ echo "stand-in: no cluster for: $*" >&2; exit 64; }}
shift 3
keep=
if [ "$1" = -i ]; then keep=-i; shift; fi
place=$1
[ "$2" = -- ] || {{ echo "stand-in: -- is missing" >&2; exit 64; }}
shift 2
case $place in
  mysql-0) exec docker exec $keep {container} "$@" ;;
  deployment/web) exec env {web} "$@" ;;
  *) echo "stand-in: no pod $place" >&2; exit 64 ;;
esac
"""


def stand_in(folder: Path, *, container: str, web: dict[str, str]) -> Path:
    """Write the program into a folder that is to be first on PATH, and return the folder. `container` is
    MySQL's, `web` the variables of web's pod."""
    folder.mkdir(parents=True, exist_ok=True)
    variables = " ".join(f"'{name}={value}'" for name, value in web.items())
    variables += f" 'PATH={Path(sys.executable).parent}:/usr/bin:/bin'"
    program = folder / "kubectl"
    program.write_text(_SCRIPT.format(container=container, web=variables))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return folder
