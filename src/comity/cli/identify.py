"""Find personal data in files, without any law: which categories, where, how surely, and what could not be scanned."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from comity.cli.memory import add_memory, enough_memory
from comity.cli.output import report, status

if TYPE_CHECKING:
    from comity.identifying import Identified


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="evidence, and any text: files, folders, globs")
    parser.add_argument("--profile", metavar="FILE", help="whose personas to look for; default: as for `check`")
    parser.add_argument("--names", metavar="PIPELINE", help="a pipeline of spaCy that finds names in free text")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    add_memory(parser)


def run(arguments: argparse.Namespace) -> int:
    """Look, print, and say by the exit code whether anything could be read."""
    from comity.cli.main import EXIT_KEPT, EXIT_UNJUDGED, complain
    from comity.errors import UsageError
    from comity.report import found

    identified = _identify(arguments)
    renders = {"text": lambda: found.render(identified), "json": lambda: found.render_json(identified)}
    report(arguments.format, None, lambda console: found.show(identified, console), renders)
    for file in identified.files:
        if file.record.error:
            complain(file.record.error)
    if any(file.record.reading for file in identified.files):
        return EXIT_KEPT
    complain(UsageError("identify", "nothing could be read", help="the report says why"))
    return EXIT_UNJUDGED


def _identify(arguments: argparse.Namespace) -> Identified:
    from comity.identifying import identify

    with enough_memory(), status("reading") as progress:
        return identify(
            arguments.paths,
            profile=arguments.profile,
            names=arguments.names,
            memory=arguments.memory,
            progress=progress,
        )
