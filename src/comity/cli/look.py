"""Show where this machine is talking to now, who is at the other end, and what the law says of it. Nothing is sent."""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

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
    from rich.console import Console
    from rich.markup import escape

    from comity.looking import look
    from comity.report.words import visible

    messages = Console(stderr=True)
    with messages.status("looking") if messages.is_terminal else nullcontext() as status:
        return look(
            packs=arguments.pack.split(",") if arguments.pack else None,
            profile=arguments.profile,
            place=arguments.place,
            progress=(lambda doing: status.update(escape(visible(doing)))) if status else None,
        )


def _report(look: Look, format: str, output: str | None) -> None:
    from rich.console import Console

    from comity.errors import UsageError
    from comity.report import live

    if format == "text" and not output and sys.stdout.isatty():
        live.show(look, Console())
        return
    rendered = live.render_json(look) if format == "json" else live.render(look)
    if not output:
        sys.stdout.write(rendered)
        return
    try:
        Path(output).write_text(rendered, encoding="utf-8", errors="backslashreplace", newline="\n")
    except OSError as error:
        raise UsageError("output", f"`{output}` can't be written: {(error.strerror or '').lower()}") from None
