"""A register of authority requests, as a clerk keeps it in a spreadsheet: CSV, YAML 1.2 or JSON.

Every row is a `request`. The columns (docs/reference/formats/requests.md) are in `requests/record`: who asked whom for
what data, where it is, by which channel, with whose permission, and what came of it. An empty cell is not known, `none`
is nobody and nowhere. CSV is RFC 4180 with commas, semicolons or tabs.

A day without a time of day is taken for its noon UTC, which is that day in the zones of all laws. What the column
`note` holds is never kept; no column is for the people whose data is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from comity.evidence.base import EvidenceFile, FactTables, Head, Reading
from comity.evidence.facts.record import Refused
from comity.evidence.facts.text import Refusals
from comity.evidence.requests import document as document
from comity.evidence.requests import table as table
from comity.evidence.requests.record import COLUMNS, is_day, values
from comity.vocabulary import REQUEST, Type

NAME = "requests"
TITLE = "registers of authority requests: CSV, YAML or JSON kept by hand or by a case system"
SUPPLIES = {"request": frozenset(column.attribute for column in COLUMNS.values())}

_BATCH = 5_000

#: Where positions begin that number requests of a document; below they are lines.
_NUMBERED = 1 << 38

_COLUMNS = ("file", "position", *(column.attribute for column in COLUMNS.values()))

_DATES = [name for name, column in COLUMNS.items() if REQUEST.by_name[column.attribute].type is Type.TIME]

_Found = Iterator[tuple[int, dict[str, str] | Refused]]


def recognise(head: Head) -> bool:
    """A table or a list of mappings whose columns are those of a register."""
    return table.header(head) is not None or document.recognise(head)


def read(file: EvidenceFile, tables: FactTables) -> Reading:
    """Read the requests, one at a time."""
    reading, refusals = Reading(NAME), Refusals()
    rows: list[tuple[Any, ...]] = []
    days = 0
    for position, cells in _found(file):
        try:
            if isinstance(cells, Refused):
                raise cells
            given = values(cells)
        except Refused as refused:
            refusals.add(position, refused)
            continue
        days += sum(is_day(cells.get(name, "")) for name in _DATES)
        rows.append((file.number, position, *(given.get(name) for name in _COLUMNS[2:])))
        if len(rows) >= _BATCH:
            _append(tables, reading, rows)
    _append(tables, reading, rows)
    refusals.tell(reading, where)
    if days:
        reading.notes.append(f"{days:,} × a day without a time of day: taken for its noon UTC")
    return reading


def where(position: int) -> str:
    """The line on which a row begins, or the number of a request in a document, counted from 1."""
    return f"request {position - _NUMBERED}" if position > _NUMBERED else f"line {position}"


def _found(file: EvidenceFile) -> _Found:
    """The position of each request, and its cells by column or why there are none."""
    header = table.header(file.head)
    if header is None:
        yield from ((_NUMBERED + number, cells) for number, cells in document.records(file))
    else:
        table.check(file, header)
        yield from table.rows(file, header)


def _append(tables: FactTables, reading: Reading, rows: list[tuple[Any, ...]]) -> None:
    tables.append("request", _COLUMNS, rows)
    reading.read += len(rows)
    rows.clear()
