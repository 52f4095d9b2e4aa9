"""Parquet of the `facts` format: left in place when its columns have the vocabulary's types, else cast and kept.

Every record is checked once, in one scan; the same scan finds damaged pages before anyone builds on them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
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
    skip = skip_reason(columns)
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


def skip_reason(columns: list[Column]) -> str:
    """SQL for the reason why a record is not a fact, null for those that are."""
    kinds = ", ".join(map(literal, KINDS))
    whens = [
        f"""WHEN coalesce("kind"::VARCHAR, '') = '' THEN {literal(NO_KIND)}""",
        f"""WHEN "kind" NOT IN ({kinds}) THEN 'unknown kind `' || left("kind"::VARCHAR, 40) || '`'""",
    ]
    for attribute, value, ok in ((column.attribute, column.value, column.ok) for column in columns):
        given = f"{quote(attribute.name)} IS NOT NULL"
        if len(_kinds(attribute)) < len(KINDS):
            kinds = ", ".join(literal(kind.name) for kind in _kinds(attribute))
            reason = literal(f"`{attribute.name}` is not an attribute of a ") + ' || "kind"'
            whens.append(f'WHEN {given} AND "kind" NOT IN ({kinds}) THEN {reason}')
        if attribute.type is Type.STRINGS and not may_be_open(attribute):
            whens.append(f"WHEN list_contains({value}, {literal(AND_MORE)}) THEN {literal(not_open(attribute))}")
        if ok != "true":
            reason = literal(expected(_kinds(attribute)[-1], attribute))
            whens.append(f"WHEN {given} AND NOT coalesce({ok}, false) THEN {reason}")
    return f"CASE {' '.join(whens)} END"


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
