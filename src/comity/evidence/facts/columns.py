"""Records of Parquet as facts want them: what each column must be, what may be wrong with a record, and why."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from comity.categories import AND_MORE
from comity.engine.duckdb import Engine, literal, quote
from comity.evidence.base import EvidenceFile
from comity.evidence.facts import patterns
from comity.evidence.facts.record import (
    NAMES,
    NO_KIND,
    NO_OFFSET,
    expected,
    is_jurisdiction,
    may_be_open,
    not_open,
    shown,
    unknown_name,
)
from comity.evidence.facts.text import json_type, tidy
from comity.vocabulary import JURISDICTION, KINDS, Attribute, Kind, Type

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


@dataclass(frozen=True)
class Records:
    """Records as SQL: ``source`` is what follows FROM, ``file`` and ``position`` say where each of them stands."""

    source: str
    columns: Sequence[Column]
    file: str = "file"
    position: str = "position"

    def facts(self, kind: str, conditions: Iterable[str], more: str = "") -> str:
        """A query for the records of a kind that fulfil all conditions, as facts; ``more`` are further columns."""
        wanted = " AND ".join(conditions)
        return (
            f"SELECT {self.file} AS file, {self.position} AS position{more}{values(kind, self.columns)} {self.source}"
            f"{' WHERE ' if wanted else ''}{wanted}"
        )


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


def skip_reason(columns: Iterable[Column], present: Collection[str] = tuple(KINDS)) -> str:
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


def kinds_in(engine: Engine, source: str) -> set[str]:
    """The kinds of facts among records; ``source`` is what follows FROM, and that word."""
    kinds = ", ".join(map(literal, KINDS))
    return {kind for (kind,) in engine.rows(f'SELECT DISTINCT "kind"::VARCHAR {source} WHERE "kind" IN ({kinds})')}


def values(kind: str, columns: Iterable[Column]) -> str:
    """The attributes that a kind has, as further columns of a query."""
    present = (column for column in columns if column.attribute.name in KINDS[kind].by_name)
    return "".join(f", {tidy(KINDS[kind], c.attribute, c.value)} AS {quote(c.attribute.name)}" for c in present)


def _kinds(attribute: Attribute) -> list[Kind]:
    """The kinds that have an attribute."""
    return [kind for kind in KINDS.values() if attribute.name in kind.by_name]
