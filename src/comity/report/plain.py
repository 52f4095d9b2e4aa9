"""What a terminal would show, as plain text."""

from __future__ import annotations

import io
from collections.abc import Iterable

from rich.console import Console, RenderableType

#: Width where the output is not a terminal.
PLAIN_WIDTH = 120


def plain(parts: Iterable[RenderableType]) -> str:
    """What a terminal would show, as text without colours."""
    out = io.StringIO()
    console = Console(file=out, width=PLAIN_WIDTH, no_color=True, force_terminal=False)
    for part in parts:
        console.print(part, highlight=False)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().split("\n")[:-1])
