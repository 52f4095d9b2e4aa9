"""The one scan: facts grouped into situations, whose keys are small integers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from comity.engine.duckdb import Engine, quote
from comity.enrich.dimension import BOTH_ENDS, EITHER_END, Dimension, later_name
from comity.judge.coding import Coding, key_name
from comity.judge.periods import Periods
from comity.vocabulary import Kind

#: A record's place as one number: the file's number above, the position in the file below.
REF = "(f.file::BIGINT << 40) | f.position"
REF_BITS = 40


@dataclass(frozen=True)
class Source:
    """One thing that may give an attribute: its alias in the scan, its table (SQL), and the column there."""

    alias: str
    table: str
    column: str


@dataclass(frozen=True)
class Facts:
    """The facts of one kind: a relation (SQL), the columns it has, and its dimensions, nearest first."""

    kind: Kind
    relation: str
    columns: Mapping[str, str]
    dimensions: tuple[Dimension, ...]

    def sources(self, attribute: str) -> list[Source]:
        """Everything that may give an attribute, in the order of precedence."""
        dimensions = [(f"d{number}", dimension) for number, dimension in enumerate(self.dimensions)]
        return [
            *([Source("f", f"({self.relation})", attribute)] if attribute in self.columns else []),
            *(Source(alias, d.table, attribute) for alias, d in dimensions if attribute in d.columns),
            *(Source(alias, d.table, later_name(attribute)) for alias, d in dimensions if attribute in d.later),
        ]

    def joins(self, coded: bool) -> str:
        """The joins with all dimensions, in their coded form or as they are."""
        parts = (d.join("f", f"d{n}", f"{d.table}_coded" if coded else None) for n, d in enumerate(self.dimensions))
        return " ".join(parts)

    def value(self, attribute: str) -> str:
        """The value of an attribute as SQL, with every source joined as it is."""
        parts = [f"{source.alias}.{quote(source.column)}" for source in self.sources(attribute)]
        value = combined(attribute, parts, "true") if parts else "NULL"
        return f"coalesce({value}, false)" if self.kind.by_name[attribute].closed else value

    def label(self) -> str | None:
        """The name by which reports know the party at the far end, as SQL."""
        return next((f"d{n}.label" for n, d in enumerate(self.dimensions) if d.label), None)


def combined(attribute: str, parts: Sequence[str], true: str) -> str:
    """The first of several sources that knows; for some attributes, any or every source must say true."""
    if attribute in BOTH_ENDS:
        given, ends = parts[: len(parts) % 2], parts[len(parts) % 2 :]
        shown = " AND ".join(f"{part} = {true}" for part in ends) or "false"
        return f"coalesce({', '.join([*given, f'CASE WHEN {shown} THEN {true} END'])})"
    if attribute in EITHER_END and len(parts) > 1:
        either = " OR ".join(f"{part} = {true}" for part in parts)
        return f"CASE WHEN {either} THEN {true} ELSE coalesce({', '.join(parts)}) END"
    return f"coalesce({', '.join(parts)})" if len(parts) > 1 else parts[0]


def code_dimensions(engine: Engine, facts: Facts, codings: Mapping[str, Coding]) -> None:
    """Give every dimension a twin whose attributes are codes, and number the labels of parties."""
    for dimension in facts.dimensions:
        columns, joins = [quote(f"key_{key}") for key, _ in dimension.keys], []
        if dimension.label:
            labels = f"{dimension.table}_labels"
            engine.run(
                f"CREATE OR REPLACE TABLE {labels} AS SELECT label, row_number() OVER (ORDER BY label)::INTEGER "
                f"AS label_code FROM (SELECT DISTINCT label FROM {dimension.table} WHERE label IS NOT NULL)"
            )
            joins.append(f"LEFT JOIN {labels} USING (label)")
            columns.append("label_code")
        given = [(name, name) for name in dimension.columns] + [(name, later_name(name)) for name in dimension.later]
        for number, (name, column) in enumerate((name, column) for name, column in given if name in codings):
            expression, join = _code(codings[name], f"d.{quote(column)}", f"c{number}")
            joins += join
            columns.append(f"{expression} AS {key_name(column)}")
        engine.run(
            f"CREATE OR REPLACE TABLE {dimension.table}_coded AS "
            f"SELECT {', '.join(columns)} FROM {dimension.table} d {' '.join(joins)}"
        )


def _code(coding: Coding, value: str, alias: str) -> tuple[str, list[str]]:
    """The code of a value as SQL, and the join it needs, if any."""
    expression = coding.expression(value)
    return (expression, []) if expression else (f"{alias}.code", [coding.join(alias, value)])


def situations(engine: Engine, facts: Facts, codings: Mapping[str, Coding], periods: Periods, table: str) -> None:
    """Group the facts that are not moot by period, party and all codes into ``table``.

    Beside the keys a situation has ``n``, ``bytes``, ``first`` and ``last`` (moments), ``ref_even`` and ``ref_odd``
    (the first records whose place is an even and an odd number: two samples near the beginning).
    """
    keys, joins = _keys(engine, facts, codings, periods)
    at = 'f."at"' if "at" in facts.columns else "NULL::TIMESTAMPTZ"
    volume = "f.bytes" if "bytes" in facts.columns else "NULL::BIGINT"
    moot = facts.kind.moot
    condition = f"WHERE f.{quote(moot)} IS NOT TRUE" if moot and moot in facts.columns else ""
    packs = _pack(keys)
    packed = ", ".join(f"{pack.expression} AS p{number}" for number, pack in enumerate(packs))
    names = ", ".join(f"p{number}" for number in range(len(packs)))
    unpacked = ", ".join(part for number, pack in enumerate(packs) for part in pack.unpacked(f"p{number}"))
    engine.run(
        f"CREATE OR REPLACE TABLE {table} AS SELECT {unpacked}, n, bytes, first, last, ref_even, ref_odd FROM ("
        f"SELECT {names}, count(*) AS n, sum(volume)::BIGINT AS bytes, min(moment) AS first, max(moment) AS last, "
        "min(ref) FILTER (ref % 2 = 0) AS ref_even, min(ref) FILTER (ref % 2 = 1) AS ref_odd FROM ("
        f"SELECT {packed}, {at} AS moment, {volume} AS volume, {REF} AS ref "
        f"FROM ({facts.relation}) f {facts.joins(coded=True)} {' '.join(joins)} {condition}) GROUP BY {names})"
    )


@dataclass(frozen=True)
class _Key:
    """A key of situations: its name, its value as SQL (never null, from 0), and how many values there are."""

    name: str
    expression: str
    values: int


@dataclass(frozen=True)
class _Pack:
    """Several keys as the digits of one number: one wide key is grouped much faster than many narrow ones."""

    keys: tuple[_Key, ...]

    @property
    def expression(self) -> str:
        """The number, as SQL."""
        parts, weight = [], 1
        for key in self.keys:
            parts.append(f"({key.expression})::BIGINT * {weight}")
            weight *= key.values
        return " + ".join(parts)

    def unpacked(self, column: str) -> list[str]:
        """The keys again, as SQL over the number."""
        parts, weight = [], 1
        for key in self.keys:
            parts.append(f"({column} // {weight} % {key.values})::INTEGER AS {key.name}")
            weight *= key.values
        return parts


def _pack(keys: Sequence[_Key]) -> list[_Pack]:
    """Keys in order, as few numbers of 62 bits as they fit into."""
    packs: list[_Pack] = []
    current: list[_Key] = []
    size = 1
    for key in keys:
        if current and size * key.values >= 1 << 62:
            packs.append(_Pack(tuple(current)))
            current, size = [], 1
        current.append(key)
        size *= key.values
    return [*packs, _Pack(tuple(current))]


def _keys(
    engine: Engine, facts: Facts, codings: Mapping[str, Coding], periods: Periods
) -> tuple[list[_Key], list[str]]:
    """The keys of situations, and the joins that code raw columns of facts."""
    at = 'f."at"' if "at" in facts.columns else "NULL::TIMESTAMPTZ"
    keys, joins = [_Key("period", periods.expression(at), len(periods.all))], []
    for number, (name, coding) in enumerate(codings.items()):
        parts = []
        for source in facts.sources(name):
            if source.alias == "f":
                expression, join = _code(coding, f"f.{quote(name)}", f"c{number}")
                joins += join
            else:
                expression = f"{source.alias}.{key_name(source.column)}"
            parts.append(expression)
        missing = 1 if coding.attribute.closed else 0
        value = f"coalesce({combined(name, parts, '2')}, {missing})" if parts else str(missing)
        keys.append(_Key(key_name(name), value, len(coding.values)))
    keys.append(_party(engine, facts, keys))
    return keys, joins


def _party(engine: Engine, facts: Facts, keys: Sequence[_Key]) -> _Key:
    """The party at the far end: its label, else the kind's party attribute."""
    for number, dimension in enumerate(facts.dimensions):
        if dimension.label:
            labels = engine.value(f"SELECT count(*) FROM {dimension.table}_labels")
            return _Key("party", f"coalesce(d{number}.label_code, 0)", labels + 1)
    attribute = facts.kind.facets.party
    same = next((key for key in keys if attribute and key.name == key_name(attribute)), None)
    return _Key("party", same.expression, same.values) if same else _Key("party", "0", 1)
