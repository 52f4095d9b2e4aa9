"""How well a value agrees with a shape, and what no value can be: nothing, or a hash."""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Mapping
from enum import IntEnum
from pathlib import Path


class Fit(IntEnum):
    """How well a value agrees with a shape."""

    NONE = 0
    PART = 1
    FULL = 2


#: What stands for a value that is left out, as in ``{{email}}``, ``[REDACTED]``, ``j***``, ``__NAME__`` or ``0000``.
_LEFT_OUT = re.compile(r"\*{3}|\{\{|\}\}|\$\{|REDACTED")
_PLACEHOLDER = re.compile(r"[\[<({%$]{1,2}[\w .:-]*[\])>}%$]{1,2}|__\w+__|%[sd]|(.)\1*|[\W_]*", re.DOTALL)
#: Scripts that leave no spaces between words, or write what is said of a word together with it.
_JOINED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]")
_HASH = re.compile(r"[0-9a-f]{32,128}|[0-9A-F]{32,128}")


@functools.cache
def listed() -> Mapping[str, frozenset[str]]:
    """Values known, in lower case, by the name of their list."""
    with (Path(__file__).parent / "values.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["list"]: frozenset(value.strip() for value in row["values"].split(";")) for row in rows}


@functools.cache
def _pattern(name: str) -> re.Pattern[str]:
    """The values of a list as one pattern: words, or parts of words where a script leaves no spaces between them."""
    values = sorted(map(re.escape, listed()[name]), key=lambda value: (-len(value), value))
    spaced = [value for value in values if not _JOINED.search(value)]
    joined = [value for value in values if _JOINED.search(value)]
    return re.compile("|".join([rf"\b(?:{'|'.join(spaced)})\b", *joined]), re.IGNORECASE)


def speaks_of(name: str, text: str) -> bool:
    """Whether a value has a word of a list in it."""
    return _pattern(name).search(text) is not None


def is_nothing(text: str) -> bool:
    """Whether a value says nothing: it is empty, a placeholder or a word such as ``null``."""
    if text.isalnum() and len(text) == 1:
        return False
    short = text[:200]
    if not text or short.lower() in listed()["nothing"]:
        return True
    return bool(_LEFT_OUT.search(short) or _PLACEHOLDER.fullmatch(short))


def is_hash(text: str) -> bool:
    """Whether a value looks like a hash in hexadecimal."""
    return _HASH.fullmatch(text) is not None and is_varied(text)


def is_varied(text: str) -> bool:
    """Whether a value has as many different letters as an identifier that was drawn by lot."""
    return len(set(text.lower())) >= min(6, len(text) * 2 // 3)


def at_best(full: bool, part: bool) -> Fit:
    """Full where the first holds, in part where the second does."""
    return Fit.FULL if full else Fit.PART if part else Fit.NONE
