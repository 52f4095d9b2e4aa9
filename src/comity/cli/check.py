"""Judge evidence (files, folders, globs) by the law and report which facts break which rule, and what is not known."""

from __future__ import annotations

import argparse
from datetime import date
from typing import TYPE_CHECKING

from comity.cli.memory import add_memory, enough_memory
from comity.cli.output import report, status

if TYPE_CHECKING:
    from comity.checking import Judgement

FORMATS = ("text", "json")
FAIL_ON = ("law", "commitment", "indicator", "unknown", "never")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="evidence: files, folders, globs")
    parser.add_argument("--profile", metavar="FILE", help="default: comity.toml in the folder or its parents, if any")
    parser.add_argument(
        "--pack", metavar="ID[,ID...]", help="packs to judge by, ids or paths ending in .md; default: all"
    )
    parser.add_argument("--as-of", metavar="DATE", type=_day, help="judge by the law of that day (2024-03-22)")
    parser.add_argument("--format", choices=FORMATS, default="text")
    parser.add_argument("--output", metavar="FILE", help="write the report there instead of the terminal")
    parser.add_argument("--fail-on", choices=FAIL_ON, default="commitment", help="the least that makes the exit code 1")
    parser.add_argument("--places", metavar="FILE", help="an MMDB that replaces the shipped table of addresses")
    parser.add_argument("--names", metavar="PIPELINE", help="a pipeline of spaCy that finds names in free text")
    add_memory(parser)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"`{text}` is not a day such as 2024-03-22") from None


def run(arguments: argparse.Namespace) -> int:
    """Judge, print, and say by the exit code how it went."""
    from comity.cli.main import EXIT_BREACH, EXIT_KEPT, EXIT_UNJUDGED, complain
    from comity.errors import UsageError

    judgement = _judge(arguments)
    _report(judgement, arguments.format, arguments.output)
    for record in judgement.evidence:
        if record.error:
            complain(record.error)
    if not judgement.facts:
        complain(UsageError("check", "nothing could be judged", help="`comity formats` lists what can be read"))
        return EXIT_UNJUDGED
    failed = arguments.fail_on != "never" and judgement.fails(arguments.fail_on)
    return EXIT_BREACH if failed else EXIT_KEPT


def _judge(arguments: argparse.Namespace) -> Judgement:
    from comity.checking import check

    with enough_memory(), status("reading") as progress:
        return check(
            arguments.paths,
            packs=arguments.pack.split(",") if arguments.pack else None,
            profile=arguments.profile,
            as_of=arguments.as_of,
            places_file=arguments.places,
            names=arguments.names,
            memory=arguments.memory,
            progress=progress,
        )


def _report(judgement: Judgement, format: str, output: str | None) -> None:
    from comity.report import json, text

    renders = {"text": lambda: text.render(judgement), "json": lambda: json.render(judgement)}
    report(format, output, lambda console: text.show(judgement, console), renders)
