"""Draft a comity.toml from what the evidence shows; comments say what to fill in."""

from __future__ import annotations

import argparse
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="evidence: files, folders, globs")
    parser.add_argument(
        "--output", metavar="FILE", default="comity.toml", help="default: comity.toml; - for the terminal"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the draft; an existing file is never overwritten."""
    from pathlib import Path

    from comity.cli.main import EXIT_KEPT, EXIT_UNJUDGED, complain
    from comity.drafting import draft
    from comity.errors import UsageError

    output = Path(arguments.output)
    if arguments.output != "-" and output.exists():
        raise UsageError("init", f"`{output}` exists already", help="name another file with --output, or - to print")
    drafted = draft([Path(path) for path in arguments.paths])
    for error in drafted.errors:
        complain(error)
    if drafted.text is None:
        return EXIT_UNJUDGED
    if arguments.output == "-":
        sys.stdout.write(drafted.text)
    else:
        try:
            output.write_text(drafted.text, encoding="utf-8")
        except OSError as error:
            raise UsageError("init", f"`{output}` can't be written: {(error.strerror or '').lower()}") from None
        print(f"{output} is drafted: fill in what evidence can't show, then run `comity check`")
    return EXIT_KEPT
