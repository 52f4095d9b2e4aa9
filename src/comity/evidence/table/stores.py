"""Tables as facts: each is a store, with what was found in its columns."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from comity.bounds import at_least
from comity.categories import AND_MORE
from comity.evidence.base import FactTables, Reading, importance
from comity.evidence.table.sample import Sample, Table
from comity.identify import Detection

if TYPE_CHECKING:
    from comity.identify.columns import Column

#: What a table can tell of a store.
KNOWN = ("name", "data", "people")

#: So many columns that stand for people are counted in a table: those with most values in the sample.
_COUNTED = 4

#: No more than this is kept of what was found in a table, and of notes on what was not looked at.
_DETECTIONS = 500
_NOTES = 20


def add_stores(number: int, found: Iterable[Table], tables: FactTables, reading: Reading) -> None:
    """A fact for each table, numbered from 1, of the file with this number."""
    from comity.identify.columns import judge_columns

    facts: list[tuple[object, ...]] = []
    detected: list[tuple[int, int, list[Detection]]] = []
    unscanned: list[str] = []
    for position, table in enumerate(found, 1):
        sample = table.sample()
        columns = judge_columns(tables.identifier, sample.values)
        categories = frozenset(category for column in columns.values() for category in column.categories)
        data = [*sorted(categories), AND_MORE] if categories else None
        facts.append((number, position, table.name, data, _people(table, sample, columns)))
        detections = sorted((found for column in columns.values() for found in column.detections), key=importance)
        detected.append((number, position, detections[:_DETECTIONS]))
        reading.read += sample.rows
        for name, column in columns.items():
            if not column.whole:
                sample.leave("values after too much that looks like numbers", name)
        unscanned += [f"table `{table.name}`: {note}" for note in sample.unscanned()]
    tables.detect("store", detected)
    tables.append("store", ("file", "position", *KNOWN), facts)
    reading.notes += unscanned[:_NOTES]
    if len(unscanned) > _NOTES:
        more = len(unscanned) - _NOTES
        reading.notes.append(f"and {more:,} more note{'s'[: more != 1]} of that kind")


def reason(error: Exception) -> str:
    """What went wrong in a database, in one line, without the class of the error."""
    text = re.sub(r"\A[A-Z][\w ]* Error: ", "", next(iter(str(error).splitlines()), "")) or "no reason is given"
    return text[0].lower() + text[1:]


def _people(table: Table, sample: Sample, columns: dict[str, Column]) -> int | None:
    """The least number of people there are: the values that stand for one each, of the column with the most.

    There may be more: rows without such a value are of somebody too, and other columns may be about others.
    """
    counting = [name for name, column in columns.items() if column.people]
    counting.sort(key=lambda name: (-len(set(sample.values[name])), name))
    return at_least(max((_distinct(table, sample, name) for name in counting[:_COUNTED]), default=None))


def _distinct(table: Table, sample: Sample, name: str) -> int:
    """How many different values a column has in all rows; in those that could be read, where others could not."""
    if not sample.whole:
        return sample.seen(name)
    found = sample.distinct(name)
    return table.people(name) if found is None else found
