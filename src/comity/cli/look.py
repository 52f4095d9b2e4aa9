"""Show where this machine is talking to now, who is at the other end, and what the law says of it. Nothing is sent."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from comity.cli.output import report, status

if TYPE_CHECKING:
    from comity.looking import Look


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--place", metavar="CODE", type=_place, help="where this machine stands, such as DE")
    parser.add_argument("--profile", metavar="FILE", help="default: comity.toml in the folder or its parents, if any")
    parser.add_argument(
        "--pack", metavar="ID[,ID...]", help="packs to judge by, ids or paths ending in .md; default: all"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--output", metavar="FILE", help="write the report there instead of the terminal")


def _place(text: str) -> str:
    from comity.profile import JURISDICTIONS

    if text not in JURISDICTIONS:
        raise argparse.ArgumentTypeError(f"`{text}` is not a jurisdiction code such as DE")
    return text


def run(arguments: argparse.Namespace) -> int:
    """Look, print, and say by the exit code how it went."""
    from comity.cli.main import EXIT_BREACH, EXIT_KEPT

    looked = _look(arguments)
    _report(looked, arguments.format, arguments.output)
    return EXIT_BREACH if looked.judgement.fails("commitment") else EXIT_KEPT


def _look(arguments: argparse.Namespace) -> Look:
    from comity.looking import look

    with status("looking") as progress:
        return look(
            packs=arguments.pack.split(",") if arguments.pack else None,
            profile=arguments.profile,
            place=arguments.place,
            progress=progress,
        )


def _report(look: Look, format: str, output: str | None) -> None:
    from comity.report import live

    renders = {"text": lambda: live.render(look), "json": lambda: live.render_json(look)}
    report(format, output, lambda console: live.show(look, console), renders)
