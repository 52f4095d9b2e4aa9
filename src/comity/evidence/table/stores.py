"""Tables as facts: each is a store, with what was found in its columns."""

from __future__ import annotations

import re
from collections.abc import Iterable

from comity.categories import AND_MORE
from comity.evidence.base import FactTables, Reading
from comity.evidence.table.sample import Sample, Table
from comity.identify import Detection
from comity.identify.columns import Column, judge_column

#: What a table can tell of a store.
KNOWN = ("name", "data", "people")

#: So many columns that stand for people are counted in a table: those with most values in the sample.
_COUNTED = 4

#: So much of a column must be filled for its values to be counted as people.
_FILLED = 0.95

#: No more than this is kept of what was found in a table, and of notes on what was not looked at.
_DETECTIONS = 500
_NOTES = 20


def add_stores(number: int, found: Iterable[Table], tables: FactTables, reading: Reading) -> None:
    """A fact for each table, numbered from 1, of the file with this number."""
    facts: list[tuple[object, ...]] = []
    detected: list[tuple[int, int, list[Detection]]] = []
    unscanned: list[str] = []
    for position, table in enumerate(found, 1):
        sample = table.sample()
        columns = {name: judge_column(tables.identifier, name, values) for name, values in sample.values.items()}
        categories = frozenset(category for column in columns.values() for category in column.categories)
        data = [*sorted(categories), AND_MORE] if categories else None
        people = _people(table, sample, columns) if sample.whole else None
        facts.append((number, position, table.name, data, people))
        detections = [detection for column in columns.values() for detection in column.detections]
        detections.sort(key=lambda detection: -detection.confidence)
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
        reading.notes.append(f"and {len(unscanned) - _NOTES:,} more notes of that kind")


def reason(error: Exception) -> str:
    """What went wrong in a database, in one line, without the class of the error."""
    text = re.sub(r"\A[A-Z][\w ]* Error: ", "", next(iter(str(error).splitlines()), "")) or "no reason is given"
    return text[0].lower() + text[1:]


def _people(table: Table, sample: Sample, columns: dict[str, Column]) -> int | None:
    """The number of people that the values of one column stand for, of the column with the most.

    Where rows lack such a value there are more people than values, nobody knows how many.
    """
    seen = -(-sample.rows // sample.step)
    filled = (name for name, values in sample.values.items() if len(values) >= _FILLED * seen)
    counting = [name for name in filled if columns[name].people]
    counting.sort(key=lambda name: (-len(set(sample.values[name])), name))
    counts = (table.people(name) if (n := sample.distinct(name)) is None else n for name in counting[:_COUNTED])
    return max(counts, default=None)
