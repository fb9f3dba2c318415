"""`stockbt`: the command line. Importing it is light; a command imports what it needs when it runs."""

import contextlib
import os
import sys
from collections.abc import Sequence

import click
from stockbt_domain.errors import Conflict, InvalidInput, NoResult, NotFound, StockbtError

from .backend import RequestRefused
from .commands.audit import audit
from .commands.data import data
from .commands.db import db
from .commands.reconcile import reconcile
from .commands.rules import rules
from .commands.run import run
from .commands.runs import runs
from .commands.web import web
from .exit_codes import Exit
from .printing import print_json, problem_lines, say


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="stockbt-cli", prog_name="stockbt")
def cli() -> None:
    """Stock backtests that can be repeated to the last bit.

    Exit codes: 0 done, 1 the run failed, 2 bad usage or input, 3 the system could not do it.
    """


for command in (web, run, data, runs, rules, audit, db, reconcile):
    cli.add_command(command)


def main() -> None:
    """Run the command line of this process and exit with its code."""
    code = run_command(sys.argv[1:])
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        sys.exit(code)
    # Nobody reads any more; Python's own flush at exit must not fail a second time.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(Exit.COULD_NOT)


def run_command(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; every error becomes a sentence."""
    as_json = "--json" in arguments
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        result = cli.main(list(arguments), prog_name="stockbt", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return _end(Exit.BAD_INPUT, as_json, "Bad usage", error.format_message())
    except InvalidInput as error:
        return _refuse(error, as_json)
    except (NotFound, NoResult, Conflict) as error:
        say(f"stockbt: {error}")
        title = "Not found" if isinstance(error, NotFound) else "The request contradicts what is stored"
        return _end(Exit.BAD_INPUT, as_json, title, str(error))
    except UnicodeError:
        sentence = "what was given is not text in UTF-8"
        say(f"stockbt: {sentence}")
        return _end(Exit.BAD_INPUT, as_json, "Bad usage", sentence)
    except (click.Abort, KeyboardInterrupt):
        say("stockbt: interrupted")
        return _end(Exit.COULD_NOT, as_json, "Interrupted", "The command was interrupted.")
    except (BrokenPipeError, SystemExit):
        return Exit.COULD_NOT  # nobody reads the output any more, for which click has another code
    except (StockbtError, OSError) as error:
        say(f"stockbt: {error}")
        return _end(Exit.COULD_NOT, as_json, "The system could not do it", str(error))
    except Exception as error:
        import traceback

        traceback.print_exc()
        return _end(Exit.COULD_NOT, as_json, "Unforeseen error", f"{type(error).__name__}: {error}")
    return int(result) if isinstance(result, int) else Exit.DONE


def _refuse(error: InvalidInput, as_json: bool) -> Exit:
    """Say everything that is wrong with an input, field by field."""
    run_id = error.run_id if isinstance(error, RequestRefused) else ""
    say("stockbt: the input is not valid" + (f" (recorded as run {run_id})" if run_id else ""))
    for line in problem_lines(error.problems):
        say(line)
    more: dict[str, object] = {"errors": [problem.as_json() for problem in error.problems]}
    if run_id:
        more["run_id"] = run_id
    return _end(Exit.BAD_INPUT, as_json, "The input is not valid", str(error), **more)


def _end(code: Exit, as_json: bool, title: str, detail: str, **more: object) -> Exit:
    """Print an error as the HTTP API names it, without a status of HTTP, where JSON is wanted."""
    if as_json:
        print_json({"type": "about:blank", "title": title, "detail": detail, "exit_code": code, **more})
    return code
