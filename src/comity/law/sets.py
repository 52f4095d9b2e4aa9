"""Dated sets: memberships and lists (EEA, adequacy, channels …), one CSV file each.

The file's name in upper case is the set's name in rules (``eu-adequate.csv`` is ``EU_ADEQUATE``). The columns are the
member (``jurisdiction``, ``party``, ``pair``, ``code``, or ``network`` for AS numbers), ``from`` and ``until`` (days,
``until`` exclusive, empty for open), ``scope`` (what the row covers, in words) and ``source``.
"""

from __future__ import annotations

import csv
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
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        columns = tuple(reader.fieldnames or ())
        member = columns[0] if columns else ""
        if member not in MEMBER_COLUMNS or columns[1:] != _COLUMNS:
            expected = f"`{'`, `'.join(_COLUMNS)}` after one of `{'`, `'.join(MEMBER_COLUMNS)}`"
            raise PackError("set", f"the columns must be {expected}", Place(str(path), 1, excerpt=",".join(columns)))
        rows = tuple(_row(path, reader.line_num, line, member) for line in reader)
    return DatedSet(name, Type.INTS if member == "network" else Type.STRINGS, rows)


def _row(path: Path, number: int, line: dict[str, str], member: str) -> Row:
    place = Place(str(path), number, excerpt=",".join(str(value) for value in line.values()))
    if None in line or None in line.values():
        raise PackError("set", f"a row must have {1 + len(_COLUMNS)} columns", place)
    if not line["source"]:
        raise PackError("set", "every row names its source", place)
    try:
        value = int(line[member].removeprefix("AS")) if member == "network" else line[member]
        start, end = (date.fromisoformat(line[side]) if line[side] else None for side in ("from", "until"))
    except ValueError as error:
        raise PackError("set", str(error).lower(), place, "days are written as 2023-07-10") from None
    if start and end and start >= end:
        raise PackError("set", f"`until` {end} must come after `from` {start}", place)
    return Row(value, start, end, line["scope"], line["source"])


def load_sets(folder: Path) -> dict[str, DatedSet]:
    """Every set in a folder by name; an absent folder holds none."""
    return {found.name: found for found in map(load_set, sorted(folder.glob("*.csv")))}
