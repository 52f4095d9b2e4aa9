"""Texts that are tables: rows of cells below a header (CSV, TSV), and lines of JSON objects."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from comity.evidence.base import Head
from comity.vocabulary import KINDS

#: No more rows of a head are looked at.
_ROWS = 200

#: A row of so many names is a header whatever is below.
_WIDE = 50

#: Of many rows some may be broken.
_WHOLE_ROWS = 0.9

#: What the engine calls UTF-16 is that of the smaller byte first, with a mark or without one.
_PYTHON = {"utf-16": "utf-16-le"}
_ZEROS = 0.7
_MULTIBYTE = re.compile(rb"[\xc3-\xf4][\x80-\xbf]")

_DELIMITERS = ",;\t|"
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_LINE = re.compile(r"\r\n|\n|\r")

#: What a column may be called: a few words and no sentence, no number, no address, no date.
_NAME = re.compile(r"""[^\W\d_][^\s,;|"'@=<>{}]*(?: [^\s,;|"'@=<>{}]+){0,3}|[\w$&]*[^\W\d][\w$&]*""")
_LONGEST_NAME = 80

#: Names that only facts have, and names that someone may have meant for `kind`.
_OF_FACTS = frozenset(name for kind in KINDS.values() for name in kind.by_name)
_DOTTED = frozenset(name for name in _OF_FACTS if "." in name)
_KIND = frozenset(("kind", "kinds", "knd", "king"))


@dataclass(frozen=True)
class Csv:
    """How a table is written: its encoding, its delimiter, the names of its columns, and the line that has them."""

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    line: int


def csv_shape(head: Head) -> Csv | None:
    """The shape of a CSV or TSV file; None for anything else."""
    encoding = _encoding(head.start)
    text = head.start.decode(_PYTHON.get(encoding, encoding), "replace").removeprefix("\ufeff")
    if _CONTROL.search(text) or text.lstrip().startswith(("{", "[", "<")):
        return None
    lines = _LINE.split(text)
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return None
    body = "\n".join(lines[first:] if head.whole else lines[first:-1])
    shapes = (_below(body, delimiter, cut=not head.whole) for delimiter in _DELIMITERS)
    header, delimiter = max(((names, d) for names, d in zip(shapes, _DELIMITERS, strict=True)), key=lambda s: len(s[0]))
    if not header or meant_as_facts(header):
        return None
    return Csv(encoding, delimiter, header, first + 1)


def is_ndjson(head: Head) -> bool:
    """Whether a file is lines of JSON objects, at least two."""
    if not head.start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return False
    lines = [line for line in (head.text if head.whole else head.text.rpartition("\n")[0]).split("\n") if line.strip()]
    objects = [found for line in lines[:_ROWS] if isinstance(found := _parsed(line), dict)]
    if len(objects) < max(2, _WHOLE_ROWS * len(lines[:_ROWS])):
        return False
    return not any(meant_as_facts(list(found)) for found in objects)


def meant_as_facts(names: Sequence[str]) -> bool:
    """Whether names of columns are those of facts, misspelt: these are not a table of somebody's data."""
    plain = {name.strip().casefold() for name in names}
    return bool(plain & _DOTTED) or bool(plain & _KIND and plain & _OF_FACTS)


def _below(body: str, delimiter: str, cut: bool) -> tuple[str, ...]:
    """The names in the first row, where the rows below have as many cells; else none.

    Where the head is ``cut`` below the first row, that it is wide is enough.
    """
    try:
        rows = list(islice(csv.reader(body.split("\n"), delimiter=delimiter), _ROWS))
    except csv.Error:
        return ()
    header, *below = [row for row in rows if row] or [[]]
    names = tuple(cell.strip() for cell in header)
    alike = sum(len(row) == len(names) for row in below)
    if not below and cut and len(names) >= _WIDE:
        alike = 1
    if len(names) < 2 or not alike or alike < _WHOLE_ROWS * len(below) - 1:
        return ()
    named = [name for name in names[1:] if name] if not names[0] else names
    if len(named) < len(names) - 1 or not all(_is_name(name) for name in named):
        return ()
    # In prose a comma is followed by a space, and by few lines with as many commas.
    prose = delimiter == "," and alike < 3 and any(cell[:1] == " " for cell in header[1:])
    return () if prose else names


def _is_name(text: str) -> bool:
    return len(text) <= _LONGEST_NAME and bool(_NAME.fullmatch(text))


def _encoding(start: bytes) -> str:
    """How a text is written, as the engine calls it: by a byte order mark, zeros in every other byte, valid UTF-8."""
    if start.startswith(b"\xff\xfe") or start[1::2].count(0) > _ZEROS * len(start[1::2]):
        return "utf-16"
    if not start.decode("utf-8", "replace").rstrip("\ufffd").count("\ufffd"):
        return "utf-8"
    # Text in Latin-1 has no valid character of several bytes; damaged UTF-8 has.
    return "utf-8" if _MULTIBYTE.search(start) else "latin-1"


def _parsed(line: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
