"""What `check` and `explain` have in common: the evidence, and the options by which it is judged."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from comity.cli.memory import add_memory, enough_memory
from comity.cli.output import status

if TYPE_CHECKING:
    from datetime import date

    from comity.checking import Judgement


def add_evidence(parser: argparse.ArgumentParser) -> None:
    """Declare the evidence, by what it is judged, and by which day's law."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="evidence: files, folders, globs")
    parser.add_argument("--profile", metavar="FILE", help="default: comity.toml in the folder or its parents, if any")
    parser.add_argument(
        "--pack", metavar="ID[,ID...]", help="packs to judge by, ids or paths ending in .md; default: all"
    )
    parser.add_argument("--as-of", metavar="DATE", type=_day, help="judge by the law of that day (2024-03-22)")


def add_engine(parser: argparse.ArgumentParser) -> None:
    """Declare what evidence is read with."""
    parser.add_argument("--places", metavar="FILE", help="an MMDB that replaces the shipped table of addresses")
    parser.add_argument("--names", metavar="PIPELINE", help="a pipeline of spaCy that finds names in free text")
    parser.add_argument(
        "--engine",
        default="duckdb",
        metavar="ENGINE",
        help="duckdb, or spark[=MASTER] for facts that outgrow a machine",
    )
    add_memory(parser)


def _day(text: str) -> date:
    from datetime import date

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"`{text}` is not a day such as 2024-03-22") from None


def judged(arguments: argparse.Namespace, baseline: str | None = None) -> Judgement:
    """The judgement that the arguments ask for."""
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
            engine=arguments.engine,
            baseline=baseline,
            progress=progress,
        )


def complain_of_evidence(judgement: Judgement) -> None:
    """Tell of the files that could not be read."""
    from comity.cli.main import complain

    for record in judgement.evidence:
        if record.error:
            complain(record.error)
