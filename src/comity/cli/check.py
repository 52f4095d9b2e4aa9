"""Judge evidence (files, folders, globs) by the law and report which facts break which rule, and what is not known."""

from __future__ import annotations

import argparse
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from comity.cli.judging import add_engine, add_evidence, complain_of_evidence, judged
from comity.cli.output import report

if TYPE_CHECKING:
    from rich.console import Console

    from comity.checking import Judgement

FORMATS = ("text", "json", "html", "sarif", "markdown")
LANGUAGES = ("en", "ru", "vi", "zh-Hans")
FAIL_ON = ("law", "commitment", "indicator", "unknown", "never")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_evidence(parser)
    parser.add_argument("--format", choices=FORMATS, default="text")
    parser.add_argument("--output", metavar="FILE", help="write the report there instead of the terminal")
    parser.add_argument("--language", choices=LANGUAGES, default="en", help="that the HTML report is in")
    parser.add_argument("--baseline", metavar="FILE", help="an earlier JSON report: only what is new since counts")
    parser.add_argument("--fail-on", choices=FAIL_ON, default="commitment", help="the least that makes the exit code 1")
    add_engine(parser)


def run(arguments: argparse.Namespace) -> int:
    """Judge, print, and say by the exit code how it went."""
    from comity.cli.main import EXIT_BREACH, EXIT_KEPT, EXIT_UNJUDGED, complain
    from comity.errors import UsageError

    judgement = _judge(arguments)
    _report(judgement, arguments)
    complain_of_evidence(judgement)
    if not judgement.facts:
        complain(UsageError("check", "nothing could be judged", help="`comity formats` lists what can be read"))
        return EXIT_UNJUDGED
    failed = arguments.fail_on != "never" and judgement.fails(arguments.fail_on)
    return EXIT_BREACH if failed else EXIT_KEPT


def _judge(arguments: argparse.Namespace) -> Judgement:
    return judged(arguments, arguments.baseline)


def _report(judgement: Judgement, arguments: argparse.Namespace) -> None:
    def show(console: Console) -> None:
        from comity.report import text

        text.show(judgement, console)

    render = partial(_rendered, judgement, arguments.format, arguments.language)
    report(arguments.format, arguments.output, show, {arguments.format: render})


def _rendered(judgement: Judgement, format: str, language: str) -> str:
    """The report in a format; what others need is not even loaded."""
    if format == "html":
        from comity.report import html

        return html.render(judgement, language)
    return str(import_module(f"comity.report.{format}").render(judgement))
