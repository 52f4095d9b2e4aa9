"""The picture of the report, as a terminal shows it: `docs/report.svg`."""

from __future__ import annotations

import io
import os
from pathlib import Path

from docs_pages import ROOT
from rich.console import Console
from rich.text import Text

from comity.checking import check
from comity.report import text

#: Width of the picture in characters, and how many paragraphs it shows: law, evidence, verdicts, the worst finding.
WIDTH, PARAGRAPHS = 110, 4

#: How many lines of evidence it shows.
EVIDENCE = 8

#: Rich's own drawing, but with fonts that every system has, so that looking at the picture asks nobody for anything.
DRAWING = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<title>The report of comity check examples/lumen --pack gdsi</title>
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 18px; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def picture() -> str:
    """The upper part of a report on the example, as a terminal shows it; of the evidence the first lines."""
    screen = io.StringIO()
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        judgement = check(["examples/lumen"], packs=["gdsi"])
        terminal = Console(
            file=screen, force_terminal=True, width=WIDTH, color_system="truecolor", legacy_windows=False
        )
        text.show(judgement, terminal)
    finally:
        os.chdir(before)
    lines = screen.getvalue().splitlines()
    blanks = [n for n, line in enumerate(lines) if not Text.from_ansi(line).plain.strip()]
    lines = [*lines[: blanks[0] + EVIDENCE], "…", *lines[blanks[1] : blanks[PARAGRAPHS - 1]]]
    recorded = Console(file=io.StringIO(), record=True, width=WIDTH, force_terminal=True, color_system="truecolor")
    recorded.print(Text("$ comity check examples/lumen --pack gdsi"))
    for line in lines:
        recorded.print(Text.from_ansi(line), soft_wrap=True)
    return recorded.export_svg(title="comity", code_format=DRAWING)
