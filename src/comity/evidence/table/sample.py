"""A sample of a table: values of each of its fields, in bounded memory however wide the table and its cells are."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

#: So many rows of a table are looked at (of a wide table fewer), and so many letters of a value.
ROWS = 10_000
LETTERS = 2_000
_CELLS = 2_000_000
_FEWEST_ROWS = 100

#: So many letters of one column and of one table are looked at.
_MOST_OF_COLUMN = 1 << 20
_MOST_OF_TABLE = 16 << 20

#: No more fields than this are kept apart, and of these no more are named in what was not scanned.
_MOST_FIELDS = 10_000
_NAMED = 5

#: The steps to a value within another: the names of objects' members, None for the elements of a list.
Steps = tuple[str | None, ...]


class Table(Protocol):
    """A table of evidence."""

    name: str

    def sample(self) -> Sample:
        """A sample of its values; the same table gives the same sample. Must be taken before people are counted."""

    def people(self, field: str) -> int:
        """How many different values a field has in all rows, case and white space around them aside."""


class Sample:
    """How many rows a table has, whether these are all, and values of its fields that are not empty."""

    def __init__(self, rows: int, columns: int, whole: bool = True) -> None:
        self.rows, self.whole = rows, whole
        self.values: dict[str, list[str]] = {}
        wanted = max(_FEWEST_ROWS, min(ROWS, _CELLS // max(1, columns)))
        #: Every so many-th row is wanted.
        self.step = max(1, -(-rows // wanted))
        self._room = min(_MOST_OF_COLUMN, max(_MOST_OF_TABLE // max(1, columns), 2 * LETTERS))
        self._sizes: dict[str, int] = defaultdict(int)
        self._size = 0
        self._cut: set[str] = set()
        self._complete = whole
        self._left: dict[str, set[str]] = defaultdict(set)

    def wants(self, fields: Iterable[str]) -> bool:
        """Whether there is room for more values of any of these fields."""
        if self._size > _MOST_OF_TABLE:
            self.stop(f"values beyond the first {_MOST_OF_TABLE >> 20} MB of the table")
            return False
        return any(self._sizes[field] <= self._room for field in fields)

    def distinct(self, field: str) -> int | None:
        """How many different values a field has, case and white space aside; None where not all are in the sample."""
        if not self._complete or self.step > 1 or field in self._cut:
            return None
        return self.seen(field)

    def seen(self, field: str) -> int:
        """How many different values of a field are in the sample, case and white space aside."""
        return len({value.strip(" ").lower() for value in self.values[field]} - {""})

    def add(self, field: str, values: Sequence[str | None]) -> None:
        """Take values of a field as long as there is room."""
        if field not in self.values and len(self.values) >= _MOST_FIELDS:
            self.leave(f"fields beyond the first {_MOST_FIELDS:,}", "")
            return
        kept = self.values.setdefault(field, [])
        for value in values:
            if not value:
                continue
            if self._sizes[field] > self._room:
                return
            if len(value) > LETTERS:
                self.leave(f"what comes after the first {LETTERS:,} letters of a value", field)
            kept.append(value[:LETTERS])
            self._sizes[field] += len(kept[-1])
            self._size += len(kept[-1])
            if self._sizes[field] > self._room:
                self.leave(f"values beyond the first {self._room:,} letters of a column", field)

    def add_nested(self, field: str, values: Sequence[str | None]) -> dict[str, set[Steps]]:
        """Take the values that stand within values, which are JSON; the steps to them by the path that names them."""
        found: dict[str, list[str]] = defaultdict(list)
        places: dict[str, set[Steps]] = defaultdict(set)
        for value in filter(None, values):
            try:
                leaves = list(_leaves(json.loads(value)))
            except (ValueError, RecursionError):
                self.stop("values too large, too deep or too broken to be looked into", field)
                continue
            for steps, leaf in leaves:
                path = ".".join(filter(None, (field, *steps)))
                found[path].append(leaf)
                places[path].add(steps)
        for path, leafs in found.items():
            self.add(path, leafs)
        return places

    def leave(self, what: str, field: str) -> None:
        """Note what of a field is not looked at."""
        self._left[what].add(field)
        self._cut.add(field)

    def stop(self, what: str, field: str = "") -> None:
        """Note that no field can be said to have all its values in the sample."""
        self.leave(what, field)
        self._complete = False

    def unscanned(self) -> Iterator[str]:
        """What was not looked at, in words."""
        from comity.identify.nested import shown_name

        if self.step > 1:
            yield f"{-(-self.rows // self.step):,} of {self.rows:,} rows were looked at"
        for what, fields in sorted(self._left.items()):
            named = sorted(filter(None, fields))[:_NAMED]
            more = f" and {len(fields) - _NAMED} more" if len(fields) > _NAMED else ""
            yield f"not scanned: {what}" + (
                f" ({', '.join(f'`{shown_name(name[:80])}`' for name in named)}{more})" if named else ""
            )


def _leaves(value: object) -> Iterator[tuple[Steps, str]]:
    """The texts, numbers and truth values within a value, in order, with the steps to each."""
    todo: list[tuple[Steps, object]] = [((), value)]
    while todo:
        steps, here = todo.pop()
        if isinstance(here, dict):
            todo += [((*steps, name), within) for name, within in reversed(here.items())]
        elif isinstance(here, list):
            todo += [((*steps, None), within) for within in reversed(here)]
        elif isinstance(here, bool):
            yield steps, str(here).lower()
        elif here is not None:
            yield steps, str(here)
