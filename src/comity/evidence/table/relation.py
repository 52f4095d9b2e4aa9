"""A table that the engine can read."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from comity.engine.duckdb import Engine, literal, quote
from comity.evidence.table.sample import LETTERS, Sample, Steps

#: A value with others within it is looked into where it is written in no more bytes than this.
_LARGEST = 1 << 16

#: So many columns are read at a time, and so many rows of them.
_COLUMNS = 200
_BATCH = 100

_BINARY = re.compile(r"BLOB|BIT|GEOMETRY")
_NESTED = re.compile(r"(?:STRUCT|MAP|UNION|JSON|VARIANT)\b|.*\]\Z", re.DOTALL)


class Relation:
    """A table as SQL: ``source`` is what stands after FROM; ``columns`` are its columns with their types.

    ``shown`` are the names by which columns are shown where the table's own can't be used. Where no more than the first
    rows stand in ``source``, ``most`` is their number.
    """

    def __init__(
        self,
        engine: Engine,
        name: str,
        source: str,
        columns: Mapping[str, str],
        shown: Mapping[str, str] | None = None,
        most: int | None = None,
    ) -> None:
        self.name = name
        self._engine, self._source, self._most = engine, source, most
        self._columns, self._shown = columns, shown or {}
        self._places: dict[str, set[str]] = defaultdict(set)

    def sample(self) -> Sample:
        """Every so many-th row."""
        rows = self._engine.value(f"SELECT count(*) FROM {self._source}")
        names = [name for name, kind in self._columns.items() if not _BINARY.match(kind)]
        sample = Sample(rows, len(names), whole=self._most is None or rows < self._most)
        if not sample.whole:
            sample.stop(f"rows beyond the first {rows:,}")
        for name in self._columns.keys() - set(names):
            sample.leave("binary columns", self._show(name))
        for first in range(0, len(names), _COLUMNS):
            self._read(names[first : first + _COLUMNS], sample)
        return sample

    def people(self, field: str) -> int:
        """How many different values a field has."""
        values = " UNION ALL ".join(f"SELECT {place} AS v FROM {self._source}" for place in sorted(self._places[field]))
        return int(self._engine.value(f"SELECT count(DISTINCT nullif(lower(trim(v)), '')) FROM ({values})"))

    def _read(self, names: Sequence[str], sample: Sample) -> None:
        nested = [bool(_NESTED.match(self._columns[name])) for name in names]
        cells = ", ".join(_json(name) if deep else _text(name) for name, deep in zip(names, nested, strict=True))
        numbered = f"SELECT {', '.join(map(quote, names))}, row_number() OVER () AS comity_row FROM {self._source}"
        query = f"SELECT {cells} FROM ({numbered}) WHERE (comity_row - 1) % {sample.step} = 0"
        cursor = self._engine.connection.execute(query)
        # Values within values have fields of their own: the column itself never fills up.
        while sample.wants(map(self._show, names)) and (batch := cursor.fetchmany(_BATCH)):
            for name, deep, values in zip(names, nested, zip(*batch, strict=True), strict=True):
                shown = self._show(name)
                if deep:
                    for path, ways in sample.add_nested(shown, values).items():
                        self._places[path] |= {_place(name, steps) for steps in ways}
                else:
                    sample.add(shown, values)
                    self._places[shown].add(f"{quote(name)}::VARCHAR")

    def _show(self, name: str) -> str:
        return self._shown.get(name, name)


def _text(name: str) -> str:
    """SQL for a value as text, one letter longer than is looked at where it is longer."""
    return f"left({quote(name)}::VARCHAR, {LETTERS + 1})"


def _json(name: str) -> str:
    """SQL for a value with others within it, as JSON; for one that is too large something that is none."""
    written = f"to_json({quote(name)})::VARCHAR"
    return f"CASE WHEN strlen({written}) <= {_LARGEST} THEN {written} WHEN {quote(name)} IS NOT NULL THEN '!' END"


def _place(name: str, steps: Steps) -> str:
    """SQL for what stands at the end of some steps into a column."""
    path = "$" + "".join("[*]" if step is None else f".{_quoted(step)}" for step in steps)
    found = f"json_extract_string(to_json({quote(name)}), {literal(path)})"
    return f"unnest({found})" if None in steps else found


def _quoted(step: str) -> str:
    return '"' + step.replace("\\", "\\\\").replace('"', '\\"') + '"'
