"""NDJSON and CSV of the `facts` format: the engine takes the lines in order, the others are judged one by one.

So are all where they are few and in order: the engine would take longer to prepare than to read them.
"""

from __future__ import annotations

import csv
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from comity.engine.duckdb import Engine, literal, quote
from comity.evidence._pieces import MARKS, Piece, pieces
from comity.evidence.base import EvidenceFile, FactTables, Reading
from comity.evidence.facts import patterns
from comity.evidence.facts.record import (
    ADDRESS_ATTRIBUTES,
    NAMES,
    NO_KIND,
    Record,
    Refused,
    expected,
    from_json,
    record,
)
from comity.vocabulary import KINDS, Attribute, Kind, Type

_BATCH = 10_000

#: So many lines of a piece are read one by one, and no more.
_FEW = 100

#: More different reasons than this are counted together.
REASONS = 1_000
OTHER_REASONS = "other reasons"

#: Lines longer than this are judged one by one: the engine's readers are made for shorter ones.
_LONG_LINE = 1_000_000

#: Types as the engine's JSON functions want them.
_JSON_TYPES: dict[Type, Any] = {
    Type.BOOL: "BOOLEAN",
    Type.INT: "BIGINT",
    Type.STRINGS: ["VARCHAR"],
    Type.INTS: ["BIGINT"],
}


class Refusals:
    """Records that were refused: for each reason how many, and where the first one is."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[Refused, int, int]] = {}

    def add(self, position: int, refused: Refused, count: int = 1) -> None:
        """Count records refused for a reason."""
        reason = refused.reason
        if reason not in self._found and len(self._found) >= REASONS:
            reason, refused = OTHER_REASONS, Refused(OTHER_REASONS)
        known, before, first = self._found.get(reason, (refused, 0, position))
        self._found[reason] = (known, before + count, first)

    def tell(self, reading: Reading, where: Callable[[int], str]) -> None:
        """Add them to what came of reading the file."""
        for refused, count, first in self._found.values():
            reading.skip(where(first), str(refused), count)

    @property
    def only_lacks_kind(self) -> bool:
        """Whether every one of them was refused because it has no kind."""
        return set(self._found) == {NO_KIND}


class Syntax(ABC):
    """How records stand in lines."""

    @abstractmethod
    def pattern(self, kind: Kind) -> str:
        """The pattern of a line that is a fact of this kind."""

    @abstractmethod
    def parse(self, line: str, number: int) -> Record | None:
        """The record in a line, or None where the line isn't meant to be one. Raises ``Refused``."""

    @abstractmethod
    def facts(self, engine: Engine, piece: Piece, kind: Kind) -> str:
        """A query for the facts in those of the staged lines that are of this kind."""


class Ndjson(Syntax):
    """One JSON object a line."""

    def pattern(self, kind: Kind) -> str:
        """The pattern of a line that is plainly a fact of a kind."""
        return patterns.json_line(kind)

    def parse(self, line: str, number: int) -> Record | None:
        """The record of a line; None for a line that is none, such as a header."""
        return from_json(line)

    def facts(self, engine: Engine, piece: Piece, kind: Kind) -> str:
        """A query for the facts of a kind in a piece."""
        names = self._names(engine, kind)
        structure = {name: _JSON_TYPES.get(kind.by_name[name].type, "VARCHAR") for name in names}
        parsed = f"from_json(line, {literal(json.dumps(structure))})" if structure else "NULL"
        values = {kind.by_name[name]: f"record.{quote(name)}" for name in names}
        return _select(kind, values, f"SELECT rowid + {piece.first} AS position, {parsed} AS record", _of(kind))

    def _names(self, engine: Engine, kind: Kind) -> list[str]:
        """The attributes that are there; lines that give one twice are taken out, to be refused with the reason."""
        shapes = f"SELECT json_keys(line) AS names {_of(kind)} GROUP BY ALL"
        names, twice = engine.rows(
            f"SELECT flatten(list(names)).list_distinct(), bool_or(len(names) > list_unique(names)) FROM ({shapes})"
        )[0]
        if twice:
            is_twice = "len(json_keys(line)) > list_unique(json_keys(line))"
            engine.run(f"UPDATE lines SET kind = NULL WHERE CASE kind WHEN {literal(kind.name)} THEN {is_twice} END")
        return sorted(set(names or ()) - {"kind"})


class Csv(Syntax):
    """Rows of cells below a header."""

    def __init__(self, header: Sequence[str], line: int, delimiter: str) -> None:
        self._header, self._line, self._delimiter = header, line, delimiter

    def pattern(self, kind: Kind) -> str:
        """The pattern of a line that is plainly a fact of a kind."""
        return patterns.csv_line(kind, self._header, self._delimiter)

    def parse(self, line: str, number: int) -> Record | None:
        """The record of a line; None for a line that is none, such as a header."""
        if number == self._line:
            return None
        try:
            cells = next(csv.reader([line], delimiter=self._delimiter, strict=True))
        except csv.Error:
            raise Refused("quotes that don't match, or a cell that is too long") from None
        if len(cells) != len(self._header):
            raise Refused(f"not {len(self._header)} cells as in the header")
        return record({name: _from_cell(name, cell) for name, cell in zip(self._header, cells, strict=True)})

    def facts(self, engine: Engine, piece: Piece, kind: Kind) -> str:
        """A query for the facts of a kind in a piece."""
        cells = piece.path.with_name("cells")
        engine.run(
            f"COPY (SELECT (rowid + {piece.first}) || {literal(self._delimiter)} || line {_of(kind)}) "
            f"TO {literal(str(cells))} (FORMAT csv, HEADER false, DELIMITER '\x01', QUOTE '', ESCAPE '')"
        )
        columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in self._header)
        source = (
            f"FROM read_csv({literal(str(cells))}, columns = {{'position': 'BIGINT', {columns}}}, header = false, "
            f"auto_detect = false, new_line = '\\n', delim = {literal(self._delimiter)}, quote = '\"', escape = '\"', "
            "nullstr = '')"
        )
        present = [kind.by_name[name] for name in self._header if name in kind.by_name]
        return _select(kind, {a: _cell_sql(a) for a in present}, "SELECT *", source)


def read_text(
    file: EvidenceFile, tables: FactTables, reading: Reading, syntax: Syntax, where: Callable[[int], str]
) -> None:
    """Read a file of lines, piece by piece."""
    refusals = Refusals()
    for piece in pieces(file):
        records: Iterable[tuple[int, Record]] | None = _few(piece, syntax)
        if records is None:
            others = _in_bulk(file, tables, reading, piece, syntax, where)
            records = _one_by_one(piece.pick(iter(others)), syntax, refusals)
        _keep(file, tables, reading, records)
    if not reading.read and refusals.only_lacks_kind:
        raise file.error("no record has a `kind`", help=f"kinds are {', '.join(KINDS)}")
    refusals.tell(reading, where)


def _few(piece: Piece, syntax: Syntax) -> list[tuple[int, Record]] | None:
    """The records of few short lines with their numbers; None where there are more, or something is wrong with one."""
    if piece.lines > _FEW or piece.path.stat().st_size > _LONG_LINE:
        return None
    try:
        return list(_one_by_one(piece.pick(iter(range(piece.first, piece.first + piece.lines))), syntax))
    except Refused:
        return None


def _in_bulk(
    file: EvidenceFile,
    tables: FactTables,
    reading: Reading,
    piece: Piece,
    syntax: Syntax,
    where: Callable[[int], str],
) -> list[int]:
    """Read the lines of a piece that match the pattern of a kind. The numbers of the others."""
    engine = tables.engine
    whens = (
        f"WHEN contains(line, {literal(name)}) AND regexp_full_match(line, {literal(syntax.pattern(kind))}, 's') "
        f"THEN {literal(name)}"
        for name, kind in KINDS.items()
    )
    columns = f"line, CASE WHEN strlen(line) > {_LONG_LINE} THEN NULL {' '.join(whens)} END AS kind"
    piece.stage(engine, "lines", columns)
    for (name,) in engine.rows("SELECT DISTINCT kind FROM lines WHERE kind IS NOT NULL ORDER BY 1"):
        facts = syntax.facts(engine, piece, KINDS[name])
        tables.insert(name, f"SELECT {file.number} AS file, * FROM ({facts})", reading, where)
    others = engine.rows(f"SELECT rowid + {piece.first} FROM lines WHERE kind IS NULL ORDER BY 1")
    engine.drop("lines")
    return [number for (number,) in others]


def _one_by_one(
    lines: Iterable[tuple[int, str]], syntax: Syntax, refusals: Refusals | None = None
) -> Iterator[tuple[int, Record]]:
    """The records of lines, with their numbers. What is refused is added to ``refusals``; without these raises it."""
    for position, line in lines:
        if not line.strip():
            continue
        try:
            if line in MARKS:
                raise Refused(MARKS[line])
            found = syntax.parse(line, position)
        except Refused as refused:
            if refusals is None:
                raise
            refusals.add(position, refused)
            continue
        if found:
            yield position, found


def _keep(file: EvidenceFile, tables: FactTables, reading: Reading, records: Iterable[tuple[int, Record]]) -> None:
    """Add records to the facts of their kinds."""
    batches: dict[str, list[tuple[int, Record]]] = {}
    for position, found in records:
        batch = batches.setdefault(found.kind.name, [])
        batch.append((position, found))
        if len(batch) >= _BATCH:
            _append(file, tables, reading, found.kind.name, batch)
    for name, batch in batches.items():
        _append(file, tables, reading, name, batch)


def _append(
    file: EvidenceFile, tables: FactTables, reading: Reading, kind: str, batch: list[tuple[int, Record]]
) -> None:
    names = list(dict.fromkeys(name for _, found in batch for name in found.values))
    rows = [(file.number, position, *map(found.values.get, names)) for position, found in batch]
    tables.append(kind, ["file", "position", *names], rows)
    reading.read += len(batch)
    batch.clear()


def _of(kind: Kind) -> str:
    return f"FROM lines WHERE kind = {literal(kind.name)}"


def _select(kind: Kind, values: dict[Attribute, str], select: str, source: str) -> str:
    """Facts from values, of which only times may still turn out to be none: there is no 30 February."""
    columns, whens = ["position"], []
    for attribute, given in values.items():
        value = given
        if attribute.type is Type.TIME:
            value = f"TRY_CAST({given} AS TIMESTAMPTZ)"
            whens.append(f"WHEN {given} IS NOT NULL AND {value} IS NULL THEN {literal(expected(kind, attribute))}")
        columns.append(f"{tidy(kind, attribute, value)} AS {quote(attribute.name)}")
    skip = f"CASE {' '.join(whens)} END" if whens else "NULL"
    return f"SELECT {', '.join(columns)}, {skip} AS skip FROM ({select} {source})"


def tidy(kind: Kind, attribute: Attribute, value: str) -> str:
    """SQL for a value in the form that facts have it: hosts and addresses in lower case, without the root's dot."""
    if attribute.name == "host":
        return f"lower(rtrim({value}, '.'))"
    return f"lower({value})" if kind.full_name(attribute.name) in ADDRESS_ATTRIBUTES else value


def json_type(attribute: Attribute) -> str:
    """The type of an attribute as the engine's JSON functions want it."""
    return json.dumps(_JSON_TYPES[attribute.type])


def _cell_sql(attribute: Attribute) -> str:
    cell = quote(attribute.name)
    if attribute.type.is_list:
        return f"from_json({cell}, {literal(json_type(attribute))})"
    return cell if attribute.type in {Type.STRING, Type.TIME} else f"{cell}::{attribute.type.sql}"


def _from_cell(name: str, cell: str) -> Any:
    """What a cell says, as JSON would say it; a cell that says something else stays text, to be refused as such."""
    attribute = NAMES.get(name)
    if not cell:
        return None
    if attribute is None or attribute.type in {Type.STRING, Type.TIME}:
        return cell
    if attribute.type is Type.BOOL:
        return {"true": True, "false": False}.get(cell.lower(), cell)
    if attribute.type is Type.INT:
        return int(cell) if re.fullmatch("-?[0-9]{1,30}", cell) else cell
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell
