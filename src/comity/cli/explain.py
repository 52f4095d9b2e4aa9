"""Tell one finding in full: its situation, the article, the evidence, and every way in which it would be kept."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from comity.cli.judging import add_engine, add_evidence, complain_of_evidence, judged
from comity.cli.output import report

if TYPE_CHECKING:
    from comity.checking import Judgement
    from comity.judge.judgement import Finding

#: Candidates that are named where an id is ambiguous.
_NAMED = 5

_LEAST, _WHOLE = 4, 64


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("finding", metavar="FINDING", type=_id, help="its id in the report, or 4 digits of its start")
    add_evidence(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    add_engine(parser)


def _id(text: str) -> str:
    if not re.fullmatch(f"[0-9a-fA-F]{{{_LEAST},{_WHOLE}}}", text):
        raise argparse.ArgumentTypeError(f"`{text}` is not the start of an id, such as fddb8387")
    return text.lower()


def run(arguments: argparse.Namespace) -> int:
    """Judge as `check` does, and print the finding."""
    from comity.cli.main import EXIT_KEPT
    from comity.report import explaining, json

    judgement = judged(arguments)
    complain_of_evidence(judgement)
    findings = _found(judgement, arguments.finding)
    renders = {
        "text": lambda: explaining.render(judgement, findings),
        "json": lambda: json.render_findings(judgement, findings),
    }
    report(arguments.format, None, lambda console: explaining.show(judgement, findings, console), renders)
    return EXIT_KEPT


def _found(judgement: Judgement, start: str) -> Sequence[Finding]:
    """The finding whose id begins so; several share an id where the article was replaced by another in between.

    Raises ``UsageError`` where there is none, or where several ids begin so.
    """
    from comity.errors import UsageError
    from comity.report.details import short

    found = [finding for finding in judgement.findings if finding.id.startswith(start)]
    ids = list(dict.fromkeys(finding.id for finding in found))
    if len(ids) == 1:
        return found
    if not ids:
        raise UsageError("explain", f"no finding begins with `{start}`", help=_nearest(judgement, start))
    digits = next(n for n in range(len(short(ids[0])), _WHOLE + 1) if len({id[:n] for id in ids}) == len(ids))
    named = [f"{id[:digits]} ({_about(found, id)})" for id in ids[:_NAMED]]
    more = [f"{len(ids) - _NAMED:,} more"] if len(ids) > _NAMED else []
    summary = f"{len(ids):,} findings begin with `{start}`"
    raise UsageError("explain", summary, help=f"give more digits: {'; '.join([*named, *more])}")


def _about(found: Sequence[Finding], id: str) -> str:
    from comity.report.words import subject

    finding = next(finding for finding in found if finding.id == id)
    return f"{finding.pack} {finding.rule}, {subject(finding)}"


def _nearest(judgement: Judgement, start: str) -> str:
    from comity.errors import did_you_mean
    from comity.report.details import short

    if judgement.found > len(judgement.findings):
        return f"{len(judgement.findings):,} of {judgement.found:,} findings are listed: judge less evidence at a time"
    near = did_you_mean(start[:8], [short(finding.id) for finding in judgement.findings])
    return near or "the report of `comity check` on the same evidence shows the ids, `--format json` all of them"
