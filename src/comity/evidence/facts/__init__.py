"""The vocabulary's own attributes: what any pipeline already knows, handed to Comity as NDJSON, CSV or Parquet.

Every record has `kind` (`flow`, `store`, …) and attributes of that kind by their names in the vocabulary, dotted names
flat: `{"kind": "flow", "at": "2024-05-01T12:00:00Z", "to": "US", "recipient.seat": ["US"]}`. Kinds may be mixed. Each
attribute becomes what it says; null, absent and, in CSV, empty mean *not known*. The contract is the vocabulary
(docs/reference/vocabulary.md); NDJSON is RFC 8259 one object a line, CSV RFC 4180 with a header and without line breaks
in cells, times are RFC 3339 with an offset, Parquet is that of Apache (parquet.apache.org/docs/file-format).

Hosts and addresses are put into lower case; everything else is kept as it comes.
"""

from __future__ import annotations

import csv
import json
import re

import duckdb

from comity.errors import EvidenceError
from comity.evidence.base import EvidenceFile, FactTables, Head, Reading
from comity.evidence.facts import parquet as parquet
from comity.evidence.facts.record import NAMES, unknown_name
from comity.evidence.facts.text import Csv, Ndjson, read_text
from comity.vocabulary import JURISDICTION_ATTRIBUTES, KINDS

__all__ = [
    "JURISDICTION_ATTRIBUTES",
    "NAME",
    "SUPPLIES",
    "TITLE",
    "check_header",
    "check_layout",
    "header_of",
    "read",
    "recognise",
    "where",
]

NAME = "facts"
TITLE = "facts in the vocabulary's own terms: NDJSON, CSV or Parquet from any pipeline"
SUPPLIES = {kind.name: frozenset(kind.by_name) for kind in KINDS.values()}

_KIND = rf'"kind"\s*:\s*"(?:{"|".join(KINDS)})"'

#: An object with a kind, not within another one, at the very start: alone, or the first of an array.
_OBJECT = re.compile(rf"\s*(\[\s*)?\{{[^{{}}]*{_KIND}")

_DELIMITERS = ",;\t"


def recognise(head: Head) -> bool:
    """JSON objects with a `kind` of fact, or a table with a column `kind`."""
    if parquet.is_parquet(head):
        return parquet.recognise(head)
    text = head.text
    return bool(_OBJECT.match(text)) or header_of(text) is not None or any(map(_is_record, _lines(head)))


def read(file: EvidenceFile, tables: FactTables) -> Reading:
    """Read the records of every kind."""
    reading = Reading(NAME)
    try:
        _read(file, tables, reading)
    except duckdb.Error as error:
        raise file.error(f"`{file.path}` can't be read: {str(error).splitlines()[0]}") from None
    return reading


def _read(file: EvidenceFile, tables: FactTables, reading: Reading) -> None:
    if parquet.is_parquet(file.head):
        parquet.read(file, tables, reading, where)
    else:
        header = header_of(file.head.text)
        check_layout(file) if header is None else check_header(file, *header)
        read_text(file, tables, reading, Ndjson() if header is None else Csv(*header), where)


def where(position: int) -> str:
    """The line of a text (in CSV a row is a line and the header the first), the row of a Parquet file."""
    return f"row {position - parquet.ROWS}" if position > parquet.ROWS else f"line {position}"


def _lines(head: Head) -> list[str]:
    """The lines that stand in the head as a whole."""
    lines = head.text.split("\n")
    return lines if head.whole else lines[:-1]


def _is_record(line: str) -> bool:
    if not re.search(_KIND, line):
        return False
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("kind") in KINDS


def header_of(text: str) -> tuple[list[str], int, str] | None:
    """The columns of a CSV file of facts, the line of its header, and its delimiter."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        for delimiter in _DELIMITERS:
            try:
                cells = [cell.strip() for cell in next(csv.reader([line.rstrip("\r")], delimiter=delimiter))]
            except csv.Error:
                continue
            if "kind" in cells and all(re.fullmatch(r"[\w. -]{0,60}", cell) for cell in cells):
                return cells, number, delimiter
        return None
    return None


def check_header(file: EvidenceFile, header: list[str], line: int, delimiter: str) -> None:
    """Raise ``EvidenceError`` for a name that is unknown or there twice."""
    for name in header:
        if name != "kind" and name not in NAMES:
            raise file.error(str(unknown_name(name)), line)
        if header.count(name) > 1:
            raise file.error(f"column `{name}` is there twice", line)


def check_layout(file: EvidenceFile) -> None:
    """Raise ``EvidenceError`` for JSON that is not one object a line."""
    start = _OBJECT.match(file.head.text)
    if start and start[1]:
        raise _layout_error(file, "an array of records", "jq -c '.[]'")
    if start and "\n" in start[0].strip():
        raise _layout_error(file, "records that span several lines", "jq -c .")


def _layout_error(file: EvidenceFile, what: str, remedy: str) -> EvidenceError:
    return file.error(f"{what} in JSON; facts are one object a line", help=f"{remedy} {file.path.name} > facts.ndjson")
