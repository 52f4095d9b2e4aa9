"""Where a report goes: the terminal as it is, the standard output as text, or a file. And a status line meanwhile."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def report(
    format: str, output: str | None, show: Callable[[Console], None], renders: dict[str, Callable[[], str]]
) -> None:
    """Write a report in a format; text is shown in colours where the standard output is a terminal.

    Raises ``UsageError`` where the file can't be written.
    """
    from pathlib import Path

    from comity.errors import UsageError

    if format == "text" and not output and sys.stdout.isatty():
        from rich.console import Console

        show(Console())
        return
    rendered = renders[format]()
    if not output:
        sys.stdout.write(rendered)
        return
    try:
        Path(output).write_text(rendered, encoding="utf-8", errors="backslashreplace", newline="\n")
    except OSError as error:
        raise UsageError("output", f"`{output}` can't be written: {(error.strerror or '').lower()}") from None


@contextmanager
def status(begin: str) -> Iterator[Callable[[str], None] | None]:
    """A line on the terminal that says what is being done; None where the standard error is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.markup import escape

    from comity.report.words import visible

    with Console(stderr=True).status(begin) as line:
        yield lambda doing: line.update(escape(visible(doing)))
