"""The ``comity`` command: a module per subcommand, imported when it is called."""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from comity import __version__

if TYPE_CHECKING:
    from comity.errors import ComityError

#: Subcommands and the line by which ``comity --help`` introduces them.
COMMANDS = {
    "check": "judge evidence: which facts break which commitment or law",
    "explain": "one finding in full: situation, article, evidence, ways out",
    "identify": "find personal data in files, without any law",
    "look": "where this machine is talking to now, and what the law says of it",
    "init": "draft a comity.toml from what the evidence shows",
    "packs": "list the law there is, show one pack, run its worked examples",
    "formats": "list the evidence formats that are recognised",
}

EXIT_KEPT, EXIT_BREACH, EXIT_UNJUDGED = 0, 1, 2


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="comity",
        description="Data-security law as code, judged on what systems really do.",
        epilog="Exit codes: 0 nothing breached, 1 breaches found, 2 nothing could be judged.",
    )
    top.add_argument("--version", action="version", version=f"comity {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, line in COMMANDS.items():
        module = importlib.import_module(f"comity.cli.{name}")
        module.add_arguments(commands.add_parser(name, help=line, description=module.__doc__))
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is returned."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # The same bytes everywhere, and names of files that are no text can be printed.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    given = parser().parse_args(arguments)
    from comity.errors import ComityError  # here, since `--help` and a wrong argument need none

    module = importlib.import_module(f"comity.cli.{given.command}")
    try:
        code = int(module.run(given))
        sys.stdout.flush()
    except ComityError as error:
        complain(error)
        return EXIT_UNJUDGED
    except BrokenPipeError:
        # The reader has gone; what is still in the buffer must not complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_UNJUDGED
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return code


def complain(error: ComityError) -> None:
    """Tell of an error on the standard error, with nothing in it that steers a terminal."""
    from comity.report.words import visible

    print("\n".join(map(visible, str(error).split("\n"))), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
