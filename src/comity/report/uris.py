"""Paths, places and sources as URIs and lines, for formats that want these."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import quote

_LINE = re.compile(r"line ([1-9]\d*)")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")

#: What stands in a URL as it is; a percent sign is taken for an escape that is there already.
_OF_URLS = "%/:?#@!$&'()*+,;="


def uri_of(path: str) -> str:
    """A path as a URI reference: relative where it is below this folder, else absolute; a database keeps its URL."""
    if _URL.match(path):
        return quote(path, safe=_OF_URLS + "[]")
    if (below := _below(path)) is not None:
        return quote(os.fsencode(below.as_posix()))
    return "file://" + quote(os.fsencode(_whole(path).as_posix()))


def is_relative(uri: str) -> bool:
    """Whether a URI reference of ``uri_of`` is relative to this folder; a colon in a name of a file is escaped."""
    return ":" not in uri


def near(path: str) -> str:
    """A path as a text that gives away nothing above this folder, where it is below it; else as it is."""
    below = None if _URL.match(path) else _below(path)
    return path if below is None else str(below)


def _whole(path: str) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 — links are not followed: the file is known by its given name


def _below(path: str) -> Path | None:
    """A path relative to this folder, which may be reached by a link; None where it is not below it."""
    whole, here = _whole(path), Path.cwd()
    if whole.is_relative_to(here):
        return whole.relative_to(here)
    real = Path(os.path.realpath(whole.parent)) / whole.name
    return real.relative_to(here) if real.is_relative_to(here) else None


def line_of(where: str) -> int | None:
    """The line that a place in a file is; None for other places."""
    found = _LINE.fullmatch(where)
    return int(found[1]) if found else None


def web_address(source: str) -> str | None:
    """The address with which a source begins; None where it is told in words alone."""
    word = source.split(maxsplit=1)[0] if source.strip() else ""
    return quote(word, safe=_OF_URLS) if re.match(r"https?://", word) else None
