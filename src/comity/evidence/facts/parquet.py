"""Parquet of the `facts` format: left in place when its columns have the vocabulary's types, else cast and kept.

Every record is checked: in large files what records share is checked once for all that are alike, else each by itself.
The scan for that finds damaged pages before anyone builds on them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from comity.categories import AND_MORE
from comity.engine.duckdb import Engine, literal, quote
from comity.evidence.base import EvidenceFile, FactTables, Head, Reading
from comity.evidence.facts import patterns
from comity.evidence.facts.record import (
    NAMES,
    NO_KIND,
    NO_OFFSET,
    Refused,
    expected,
    is_jurisdiction,
    may_be_open,
    not_open,
    shown,
    unknown_name,
)
from comity.evidence.facts.text import OTHER_REASONS, Refusals, json_type, tidy
from comity.vocabulary import JURISDICTION, KINDS, Attribute, Kind, Type

#: Positions from here on are rows of a Parquet file, not lines of a text.
ROWS = 1 << 39

MOST_REASONS = 1_000

#: Of so many records what they share is gathered, if so many of them show that they are alike: ten and more at a time.
_MANY = 200_000
_SOME = 100_000

_VPC_FLOW = {"srcaddr", "dstaddr"}
_INTEGER = "U?(?:TINY|SMALL)INT|U?INTEGER|BIGINT"
_TEXT = r"VARCHAR|ENUM\(.*\)"

#: Engine types that are the vocabulary's own: nothing can go wrong in taking them.
_EXACT = {
    Type.BOOL: "BOOLEAN",
    Type.STRING: _TEXT,
    Type.INT: _INTEGER,
    Type.TIME: "TIMESTAMP WITH TIME ZONE",
    Type.STRINGS: rf"(?:{_TEXT})\[\]",
    Type.INTS: rf"(?:{_INTEGER})\[\]",
}
_NUMBER = r"UBIGINT|U?HUGEINT|FLOAT|DOUBLE|DECIMAL\(.*\)"


@dataclass(frozen=True)
class Column:
    """A column as facts want it: SQL for its value, and for whether that is in order where it isn't null."""

    attribute: Attribute
    value: str
    ok: str = "true"
    exact: bool = True

    def wrong(self) -> Iterator[tuple[str, str]]:
        """What may be wrong with a value of the right type: SQL for whether it is, and the reason."""
        attribute = self.attribute
        if attribute.type is Type.STRINGS and not may_be_open(attribute):
            yield f"list_contains({self.value}, {literal(AND_MORE)})", not_open(attribute)
        if self.ok != "true":
            given = f"{quote(attribute.name)} IS NOT NULL"
            yield f"{given} AND NOT coalesce({self.ok}, false)", expected(_kinds(attribute)[-1], attribute)


def is_parquet(head: Head) -> bool:
    """Whether a file is Parquet; compressed as a whole it can't be read."""
    return head.compression is None and head.start.startswith(b"PAR1")


def recognise(head: Head) -> bool:
    """A Parquet file with a column `kind` that isn't a flow log."""
    try:
        with Engine() as engine:
            names = set(engine.columns(f"SELECT * FROM {source_of(head.path)}"))
    except duckdb.Error:
        return False
    return "kind" in names and not names >= _VPC_FLOW


def read(file: EvidenceFile, tables: FactTables, reading: Reading, where: Callable[[int], str]) -> None:
    """Check every record, and hand over those in order."""
    columns = columns_of(file, tables.engine.columns(f"SELECT * FROM {source_of(file.path)}"))
    source = f"FROM {source_of(file.path, ', file_row_number = true')}"
    if found := _folded(file, tables.engine, source, columns):
        for name, count in found.items():
            tables.attach(name, *_shared(file, name, source, columns, several=len(found) > 1))
            reading.read += count
        return
    skip = skip_reason(columns, _kinds_in(tables.engine, source))
    kinds, refused = _check(tables.engine, source, columns, skip)
    if not kinds and refused.only_lacks_kind:
        raise file.error("no record has a `kind`", help=f"kinds are {', '.join(KINDS)}")
    refused.tell(reading, where)
    for name, count in kinds.items():
        present = [column for column in columns if column.attribute.name in KINDS[name].by_name]
        values = "".join(f", {tidy(KINDS[name], c.attribute, c.value)} AS {quote(c.attribute.name)}" for c in present)
        wanted = [f'"kind" = {literal(name)}'] * (len(kinds) > 1) + [f"({skip}) IS NULL"] * bool(reading.skipped)
        query = (
            f"SELECT {file.number} AS file, {ROWS + 1} + file_row_number AS position{values} {source}"
            f"{' WHERE ' if wanted else ''}{' AND '.join(wanted)}"
        )
        if all(column.exact for column in present):
            tables.attach(name, query)
            reading.read += count
        else:
            tables.insert(name, f"SELECT *, NULL AS skip FROM ({query})", reading, where)


def source_of(path: Path, options: str = "") -> str:
    """A file as SQL to select from."""
    # The engine takes some letters for wildcards.
    plain = re.sub(r"([*?[])", r"[\1]", str(path))
    return f"read_parquet({literal(plain)}{options})"


def columns_of(file: EvidenceFile, types: dict[str, str]) -> list[Column]:
    """The columns that hold attributes. Raises ``EvidenceError`` for those that hold nothing known or can't."""
    columns = []
    for name, found in types.items():
        if name == "kind":
            if not re.fullmatch(_TEXT, found):
                raise file.error("column `kind` must be text")
        elif name not in NAMES:
            raise file.error(str(unknown_name(name)))
        else:
            columns.append(_column(file, NAMES[name], found))
    return columns


def _column(file: EvidenceFile, attribute: Attribute, found: str) -> Column:
    name = quote(attribute.name)
    if re.fullmatch(_EXACT[attribute.type], found, re.DOTALL):
        return Column(attribute, f"{name}::{attribute.type.sql}", _in_order(attribute))
    if attribute.type is Type.INT and re.fullmatch(_NUMBER, found):
        value = f"TRY_CAST({name} AS BIGINT)"
        return Column(attribute, value, f"{value} >= 0 AND {value} = {name}", exact=False)
    if attribute.type is Type.TIME and re.match("TIMESTAMP|DATE", found):
        help = "write it with a time zone, such as UTC (in pandas: `utc=True`)"
        raise file.error(f"column `{attribute.name}`: {NO_OFFSET}", help=help)
    if re.fullmatch(_TEXT, found, re.DOTALL):
        return _text(attribute, f"{name}::VARCHAR")
    raise file.error(f"column `{attribute.name}` is {shown(found)}: {expected(_kinds(attribute)[0], attribute)}")


def _text(attribute: Attribute, text: str) -> Column:
    """A column that says in text what should have a type of its own: as in CSV, lists are JSON."""
    if attribute.type.is_list:
        value = f"TRY(from_json({text}, {literal(json_type(attribute))}))"
    else:
        value = f"TRY_CAST({text} AS {attribute.type.sql})"
    pattern = patterns.text(_kinds(attribute)[0], attribute)
    in_order = f"regexp_full_match({text}, {literal(pattern)}) AND {value} IS NOT NULL"
    return Column(attribute, value, in_order, exact=False)


def _in_order(attribute: Attribute) -> str:
    """SQL for what a value of the right type must fulfil besides."""
    name = quote(attribute.name)
    if attribute.type is Type.INT:
        return f"{name} >= 0"
    if attribute.type is Type.INTS:
        return f"list_count({name}) = len({name}) AND coalesce(list_min({name}), 0) >= 0"
    elsewhere = [literal(kind.name) for kind in _kinds(attribute) if not is_jurisdiction(kind, attribute)]
    if len(elsewhere) == len(_kinds(attribute)):
        return f"list_count({name}) = len({name})" if attribute.type.is_list else "true"
    if attribute.type is Type.STRINGS:
        codes = f"list_filter({name}, lambda x: coalesce(regexp_full_match(x, '{JURISDICTION}'), false))"
        return f"len({codes}) = len({name})"
    code = f"regexp_full_match({name}, '{JURISDICTION}')"
    return f'"kind" IN ({", ".join(elsewhere)}) OR {code}' if elsewhere else code


def _kinds_in(engine: Engine, source: str) -> set[str]:
    """The kinds of facts that a file has."""
    kinds = ", ".join(map(literal, KINDS))
    return {kind for (kind,) in engine.rows(f'SELECT DISTINCT "kind"::VARCHAR {source} WHERE "kind" IN ({kinds})')}


def skip_reason(columns: list[Column], present: Collection[str] = tuple(KINDS)) -> str:
    """SQL for the reason why a record is not a fact, null for those that are; ``present`` are kinds there may be."""
    kinds = ", ".join(map(literal, KINDS))
    whens = [
        f"""WHEN coalesce("kind"::VARCHAR, '') = '' THEN {literal(NO_KIND)}""",
        f"""WHEN "kind" NOT IN ({kinds}) THEN 'unknown kind `' || left("kind"::VARCHAR, 40) || '`'""",
    ]
    for column in columns:
        attribute = column.attribute
        given = f"{quote(attribute.name)} IS NOT NULL"
        if not set(present) <= {kind.name for kind in _kinds(attribute)}:
            kinds = ", ".join(literal(kind.name) for kind in _kinds(attribute))
            reason = literal(f"`{attribute.name}` is not an attribute of a ") + ' || "kind"'
            whens.append(f'WHEN {given} AND "kind" NOT IN ({kinds}) THEN {reason}')
        whens += [f"WHEN {wrong} THEN {literal(reason)}" for wrong, reason in column.wrong()]
    return f"CASE {' '.join(whens)} END"


def _folded(file: EvidenceFile, engine: Engine, source: str, columns: list[Column]) -> dict[str, int] | None:
    """Gather what records share into a table, and check them there: how many there are of each kind.

    None where it is not worth it: there are few records, few of them are alike, or not all are in order.
    """
    if not all(column.exact for column in columns) or engine.value(f"SELECT count(*) {source}") < _MANY:
        return None
    alike = _alike(file, columns)
    some = f"SELECT {alike} AS alike {source} LIMIT {_SOME}"
    if engine.value(f"SELECT count(DISTINCT alike) FROM ({some})") > _SOME // 10:
        return None
    values = (
        f"{'any_value' if _is_shared(column) else 'min'}({quote(name)}) AS {quote(name)}"
        for column in columns
        for name in [column.attribute.name]
    )
    engine.table(
        f"alike_{file.number}",
        f'SELECT {alike} AS alike, count(*) AS n, any_value("kind") AS "kind", {", ".join(values)} {source} GROUP BY 1',
    )
    table = f"FROM alike_{file.number}"
    skip = skip_reason(columns, _kinds_in(engine, table))
    if engine.rows(f"SELECT 1 {table} WHERE ({skip}) IS NOT NULL LIMIT 1"):
        return None
    return dict(engine.rows(f'SELECT "kind"::VARCHAR, sum(n)::BIGINT {table} GROUP BY 1 ORDER BY 1'))


def _shared(file: EvidenceFile, kind: str, source: str, columns: list[Column], *, several: bool) -> tuple[str, str]:
    """The queries for the records of a kind, and for what they share."""
    present = [column for column in columns if column.attribute.name in KINDS[kind].by_name]

    def values(chosen: Iterable[Column]) -> str:
        listing = (f"{tidy(KINDS[kind], c.attribute, c.value)} AS {quote(c.attribute.name)}" for c in chosen)
        return "".join(f", {value}" for value in listing)

    only = f' WHERE "kind" = {literal(kind)}' if several else ""
    return (
        f"SELECT {file.number} AS file, {ROWS + 1} + file_row_number AS position, "
        f"{_alike(file, columns)} AS alike{values(present)} {source}{only}",
        f"SELECT {file.number} AS file, alike{values(filter(_is_shared, present))} FROM alike_{file.number}{only}",
    )


def _alike(file: EvidenceFile, columns: list[Column]) -> str:
    """SQL for a number that records have in common where all that they share is the same: a hash of 64 bits, as lists
    are told apart by when they are judged. A list that is null has the hash of an empty one, so that is said besides.
    """
    shared = [column.attribute for column in columns if _is_shared(column)]
    names = [quote("kind"), *(quote(attribute.name) for attribute in shared)]
    null = [f"({quote(attribute.name)} IS NULL)" for attribute in shared if attribute.type.is_list]
    return f"hash({', '.join([str(file.number), *names, *null])})"


def _is_shared(column: Column) -> bool:
    """Whether records that are alike have it in common: not times and numbers, nor whether anything moved at all."""
    attribute = column.attribute
    moot = any(kind.moot == attribute.name for kind in KINDS.values())
    return not moot and (attribute.name == "network" or attribute.type not in (Type.TIME, Type.INT))


def _check(engine: Engine, source: str, columns: list[Column], skip: str) -> tuple[dict[str, int], Refusals]:
    """How many records of each kind are in order, and those that are not; every page of the file is opened."""
    touched = "".join(f", count({quote(column.attribute.name)})" for column in columns)
    rows = engine.rows(
        f'SELECT CASE WHEN skip IS NULL THEN "kind"::VARCHAR END, skip, count(*), min(file_row_number){touched} '
        f"FROM (SELECT *, {skip} AS skip {source}) GROUP BY 1, 2 ORDER BY skip IS NOT NULL, 4, 2 LIMIT {MOST_REASONS}"
    )
    kinds: dict[str, int] = {}
    refused = Refusals()
    for kind, why, count, first, *_ in rows:
        if why is None:
            kinds[kind] = count
        else:
            refused.add(ROWS + 1 + first, Refused(shown(why, len(why))), count)
    if len(rows) == MOST_REASONS:
        rest = engine.value(f"SELECT count(*) {source}") - sum(row[2] for row in rows)
        refused.add(ROWS + 1 + rows[-1][3], Refused(OTHER_REASONS), rest)
    return kinds, refused


def _kinds(attribute: Attribute) -> list[Kind]:
    """The kinds that have an attribute."""
    return [kind for kind in KINDS.values() if attribute.name in kind.by_name]
