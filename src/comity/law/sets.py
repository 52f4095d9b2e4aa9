"""Dated sets: memberships and lists (EEA, adequacy, channels …), one CSV file each.

The file's name in upper case is the set's name in rules (``eu-adequate.csv`` is ``EU_ADEQUATE``). The columns are the
member (``jurisdiction``, ``party``, ``pair``, ``code``, or ``network`` for AS numbers), ``from`` and ``until`` (days,
``until`` exclusive, empty for open), ``scope`` (what the row covers, in words) and ``source``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from comity.errors import PackError, Place
from comity.vocabulary import Type

MEMBER_COLUMNS = {"jurisdiction": str, "party": str, "pair": str, "code": str, "network": int}
_COLUMNS = ("from", "until", "scope", "source")


@dataclass(frozen=True)
class Row:
    """One member, from a day until a day."""

    member: str | int
    start: date | None
    end: date | None
    scope: str
    source: str


@dataclass(frozen=True)
class DatedSet:
    """A set whose members come and go with time."""

    name: str
    type: Type
    rows: tuple[Row, ...]

    def at(self, moment: datetime, zone: ZoneInfo) -> list[str | int]:
        """The members at a moment, days beginning and ending at midnight in ``zone``."""
        day = moment.astimezone(zone).date()
        return sorted(
            {r.member for r in self.rows if (r.start is None or r.start <= day) and (r.end is None or day < r.end)},
            key=str,
        )

    def days(self) -> Iterator[date]:
        """The days on which membership changes."""
        for row in self.rows:
            yield from (day for day in (row.start, row.end) if day is not None)


def load_set(path: Path) -> DatedSet:
    """Read a set from its CSV file. Raises ``PackError``."""
    name = path.stem.upper().replace("-", "_")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            columns = next(reader, [])
            member = columns[0] if columns else ""
            if member not in MEMBER_COLUMNS or tuple(columns[1:]) != _COLUMNS:
                expected = f"`{'`, `'.join(_COLUMNS)}` after one of `{'`, `'.join(MEMBER_COLUMNS)}`"
                place = Place(str(path), 1, excerpt=",".join(columns) or None)
                raise PackError("set", f"the columns must be {expected}", place)
            rows = tuple(_row(path, reader.line_num, cells, member) for cells in reader if cells)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error).lower()
        raise PackError("set", f"the set can't be read: {reason}", Place(str(path))) from None
    return DatedSet(name, Type.INTS if member == "network" else Type.STRINGS, rows)


def _row(path: Path, number: int, cells: list[str], member: str) -> Row:
    place = Place(str(path), number, excerpt=",".join(cells))
    if len(cells) != 1 + len(_COLUMNS):
        raise PackError("set", f"a row must have {1 + len(_COLUMNS)} columns, not {len(cells)}", place)
    text, start, end, scope, source = cells
    if not text:
        raise PackError("set", f"a row must have a `{member}`", place)
    if not source:
        raise PackError("set", "every row names its source", place)
    if member == "network" and not re.fullmatch(r"(AS)?\d+", text):
        raise PackError("set", f"`{text}` is no AS number", place, "such as AS64500")
    value = int(text.removeprefix("AS")) if member == "network" else text
    row = Row(value, _day(start, place), _day(end, place), scope, source)
    if row.start and row.end and row.start >= row.end:
        raise PackError("set", f"`until` {end} must come after `from` {start}", place)
    return row


def _day(text: str, place: Place) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise PackError("set", f"`{text}` is no day", place, "days are written as 2023-07-10") from None


def load_sets(folder: Path) -> dict[str, DatedSet]:
    """Every set in a folder by name; an absent folder holds none."""
    return {found.name: found for found in map(load_set, sorted(folder.glob("*.csv")))}
