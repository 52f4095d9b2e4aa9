"""The ``comity`` command: a module per subcommand, imported when it is called."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from comity import __version__
from comity.errors import ComityError

#: Subcommands and the line by which ``comity --help`` introduces them.
COMMANDS = {
    "check": "judge evidence: which facts break which commitment or law",
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
    given = parser().parse_args(arguments)
    module = importlib.import_module(f"comity.cli.{given.command}")
    try:
        return int(module.run(given))
    except ComityError as error:
        print(error, file=sys.stderr)
        return EXIT_UNJUDGED
    except BrokenPipeError:
        sys.stderr.close()
        return EXIT_UNJUDGED
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
