"""Tables of figures, printed and kept between two markers of a page."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

_END = "<!-- end of figures -->"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; the first column is text, all others are numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def shown(number: float | None) -> str:
    """A share as three digits; nothing where it is not known."""
    return "–" if number is None else f"{number:.3f}"


def machine(packages: Sequence[str]) -> str:
    """What the figures were measured on, and with which versions."""
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    return f"One core of {processor()} ({os.cpu_count()} in all), Python {platform.python_version()}, {versions}."


def processor() -> str:
    """The model of the processor."""
    info = Path("/proc/cpuinfo")
    model = re.search(r"model name\s*: (.*)", info.read_text()) if info.exists() else None
    return model[1] if model else platform.processor() or platform.machine()


def rewrite(page: Path, figures: str, made_by: str) -> None:
    """Put figures into a page in place of those that stand there."""
    begin = f"<!-- figures: made by `{made_by}` -->\n"
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(_END)[2]
    page.write_text(f"{before}{begin}\n{figures}\n\n{_END}{after}", encoding="utf-8")
