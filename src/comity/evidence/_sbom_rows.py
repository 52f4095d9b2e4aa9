"""Reading an SBOM twice, and its facts on their way into the tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from comity.evidence._sbom_source import BrokenOff, Emit
from comity.evidence._sbom_values import Notes
from comity.evidence.base import EvidenceFile, FactTables, Reading

_BATCH = 5_000
_SHIFT = 36

#: A fact: its kind, and its values in the order of the kind's columns.
Fact = tuple[str, tuple[Any, ...]]

#: Walks through a document, and gives what was kept of it beside its records.
Walk = Callable[[Emit], dict[str, Any]]


class NotAFact(Exception):  # noqa: N818 - a verdict on a record, not an error of the program
    """Why a record is not read."""


class Document(Protocol):
    """What a format makes of a document: it is asked in this order."""

    notes: Notes

    def survey(self, list_: str, number: int, record: dict[str, Any] | None) -> None:
        """A record, when the document is read for the first time."""

    def about(self, document: dict[str, Any], whole: bool) -> Fact | None:
        """What the document says of itself, ``whole`` or up to a break; a fact that is no record of its own."""

    def fact(self, list_: str, record: dict[str, Any]) -> Fact | None:
        """What a record says when the document is read again; None for what only is noted. Raises ``NotAFact``."""


@dataclass(frozen=True)
class Positions:
    """A position is the number of a record in document order, and which records are counted in the bits above it.

    The first name stands for what is no record: the document's own part of that name.
    """

    lists: tuple[str, ...]

    def number(self, list_: str, number: int) -> int:
        """The position of a record."""
        return (self.lists.index(list_) << _SHIFT) + number

    def where(self, position: int) -> str:
        """Where that is: `component 12` is the twelfth, however deep it is nested."""
        list_ = position >> _SHIFT
        return f"{self.lists[list_]} {(position & (1 << _SHIFT) - 1) + 1}" if list_ else self.lists[0]


def read_document(
    reading: Reading,
    rows: Rows,
    document: Document,
    survey: Walk,
    content: Walk,
) -> Reading:
    """Read a document twice: what it is about may stand behind its records. ``reading`` counts what came of it."""
    try:
        own = document.about(survey(document.survey), True)
    except BrokenOff as broken:
        own = document.about(broken.kept, False)
    if own:
        rows.add(rows.positions.number(rows.positions.lists[0], 0), own)
    try:
        content(rows.record)
    except BrokenOff as broken:
        rows.broken(broken)
    rows.flush()
    reading.notes += [f"{count:,} × {note}" for note, count in sorted(document.notes.items())]
    return reading


class Rows:
    """The facts of a document, put into the tables in batches. ``columns`` are those of each kind."""

    def __init__(
        self,
        reading: Reading,
        file: EvidenceFile,
        tables: FactTables,
        columns: Mapping[str, Sequence[str]],
        positions: Positions,
        fact: Callable[[str, dict[str, Any]], Fact | None],
    ) -> None:
        self.positions = positions
        self._reading, self._file, self._tables, self._fact = reading, file, tables, fact
        self._columns = {kind: ("file", "position", *names) for kind, names in columns.items()}
        self._rows: dict[str, list[tuple[Any, ...]]] = {kind: [] for kind in columns}

    def record(self, list_: str, number: int, record: dict[str, Any] | None) -> None:
        """A record of the document."""
        position = self.positions.number(list_, number)
        try:
            if record is None:
                raise NotAFact("not an object")
            if fact := self._fact(list_, record):
                self.add(position, fact)
        except NotAFact as reason:
            self._reading.skip(self.positions.where(position), str(reason))

    def add(self, position: int, fact: Fact) -> None:
        """A fact that stands at a position."""
        kind, row = fact
        self._rows[kind].append((self._file.number, position, *row))
        if len(self._rows[kind]) >= _BATCH:
            self.flush()

    def broken(self, broken: BrokenOff) -> None:
        """The file breaks off or is damaged; some records may not be finished."""
        for list_, number in broken.unfinished:
            where = self.positions.where(self.positions.number(list_, number))
            self._reading.skip(where, "the file breaks off or is damaged here")
        if not broken.unfinished:
            self._reading.notes.append("the file breaks off or is damaged between or after its records")

    def flush(self) -> None:
        """Put what is gathered into the tables."""
        for kind, rows in self._rows.items():
            if rows:
                self._tables.append(kind, self._columns[kind], rows)
                self._reading.read += len(rows)
                rows.clear()
