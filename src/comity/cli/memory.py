"""The option `--memory`, and what to say where it was not enough."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from contextlib import contextmanager


def add_memory(parser: argparse.ArgumentParser) -> None:
    """Declare the option."""
    parser.add_argument("--memory", metavar="SIZE", type=_size, help="limit of the engine's memory, such as 2GB")


def _size(text: str) -> str:
    if not re.fullmatch(r"\d+(\.\d+)? ?[KMGT]i?B", text, re.IGNORECASE):
        raise argparse.ArgumentTypeError(f"`{text}` is not a size such as 2GB")
    return text


@contextmanager
def enough_memory() -> Iterator[None]:
    """Tell a user in one line that the engine ran out of memory."""
    import duckdb

    from comity.errors import UsageError

    try:
        yield
    except duckdb.OutOfMemoryException:
        raise UsageError("memory", "the engine ran out of memory", help="give more, such as --memory 4GB") from None
