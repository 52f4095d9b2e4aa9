"""Tables of figures, printed and kept between two markers of a page."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

_BEGIN, _END = "<!-- figures: made by `make bench-identify` -->\n", "<!-- end of figures -->"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; the first column is text, all others are numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def shown(number: float | None) -> str:
    """A share as three digits; nothing where it is not known."""
    return "–" if number is None else f"{number:.3f}"


def machine() -> str:
    """What the figures were measured on, and with which versions."""
    info = Path("/proc/cpuinfo")
    model = re.search(r"model name\s*: (.*)", info.read_text()) if info.exists() else None
    processor = model[1] if model else platform.processor() or platform.machine()
    packages = ["hyperscan", "phonenumbers", "python-stdnum", "presidio-analyzer", "spacy"]
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    return f"One core of {processor} ({os.cpu_count()} in all), Python {platform.python_version()}, {versions}."


def rewrite(page: Path, figures: str) -> None:
    """Put figures into a page in place of those that stand there."""
    before, _, rest = page.read_text(encoding="utf-8").partition(_BEGIN)
    after = rest.partition(_END)[2]
    page.write_text(f"{before}{_BEGIN}\n{figures}\n\n{_END}{after}", encoding="utf-8")
