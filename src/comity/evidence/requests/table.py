"""A register of requests as a table: cells below a header, a row to a request, cells that may hold line breaks."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from comity.evidence._pieces import MARKS, pieces
from comity.evidence.base import EvidenceFile, Head
from comity.evidence.facts.record import Refused, shown
from comity.evidence.requests.record import COLUMNS, NOTE, is_register, plain, unknown

_DELIMITERS = ",;\t"

#: A row is no longer than this: a quote that is never closed would take the rest of the register with it.
_LONGEST = 64 * 1024

Line = tuple[int, str]


@dataclass(frozen=True)
class Header:
    """The plain names of the columns, the line on which they stand, and what separates them."""

    names: list[str]
    line: int
    delimiter: str


def header(head: Head) -> Header | None:
    """The header of a register; None where the first line that isn't blank is none."""
    line, text = next(((n, text) for n, text in enumerate(head.text.split("\n"), 1) if text.strip()), (0, ""))
    for delimiter in _DELIMITERS:
        with suppress(csv.Error):
            names = [plain(cell) for cell in _cells(text.rstrip("\r"), delimiter)]
            if is_register(names):
                return Header(names, line, delimiter)
    return None


def check(file: EvidenceFile, header: Header) -> None:
    """Raises ``EvidenceError`` for a column that means nothing, or is there twice."""
    for name in filter(None, header.names):
        if name not in COLUMNS and name != NOTE:
            raise file.error(f"unknown column `{shown(name)}`", header.line, unknown(name))
        if header.names.count(name) > 1:
            raise file.error(f"column `{name}` is there twice", header.line)


def rows(file: EvidenceFile, header: Header) -> Iterator[tuple[int, dict[str, str] | Refused]]:
    """The line on which each row begins, and its cells by column or why there are none. Blank rows are left out."""
    lines = (found for found in _lines(file) if found[0] > header.line)
    waiting: deque[Line] = deque()
    while taken := _take(lines, waiting, header.delimiter):
        number, text = taken
        try:
            row = _row(text, header)
        except Refused as refused:
            yield number, refused
            continue
        if any(cell.strip() for cell in row.values()):
            yield number, row


def _lines(file: EvidenceFile) -> Iterator[Line]:
    for piece in pieces(file):
        with piece.path.open(encoding="utf-8", newline="\n") as text:
            for number, line in enumerate(text, piece.first):
                yield number, line.rstrip("\n")


def _take(lines: Iterator[Line], waiting: deque[Line], delimiter: str) -> Line | None:
    """The next row, of as many lines as its quotes hold together; of one, where they are never closed."""
    first = waiting.popleft() if waiting else next(lines, None)
    if first is None:
        return None
    number, text = first
    if not _is_open(text, delimiter):
        return first
    used = 0
    while text.count('"') % 2 and len(text) <= _LONGEST:
        if used == len(waiting):
            more = next(lines, None)
            if more is None:
                break
            waiting.append(more)
        text += "\n" + waiting[used][1]
        used += 1
    if text.count('"') % 2:
        return first
    for _ in range(used):
        waiting.popleft()
    return number, text


def _is_open(text: str, delimiter: str) -> bool:
    """Whether a line ends within quotes."""
    if text.count('"') % 2 == 0:
        return False
    try:
        _cells(text, delimiter)
    except csv.Error as error:
        return "unexpected end of data" in str(error)
    return False


def _row(text: str, header: Header) -> dict[str, str]:
    if text in MARKS:
        raise Refused(MARKS[text])
    try:
        cells = _cells(text, header.delimiter)
    except csv.Error:
        raise Refused("quotes that don't match, or a cell that is too long") from None
    if not any(cell.strip() for cell in cells):
        return {}
    if len(cells) != len(header.names):
        raise Refused(f"not {len(header.names)} cells as in the header")
    if any(cell.strip() and not name for name, cell in zip(header.names, cells, strict=True)):
        raise Refused("a cell in a column without a name")
    return dict(zip(header.names, cells, strict=True))


def _cells(text: str, delimiter: str) -> list[str]:
    return next(csv.reader([text], delimiter=delimiter, strict=True), [])
