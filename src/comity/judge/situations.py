"""The one scan: facts grouped into situations, whose keys are small integers packed into one number.

What a dimension alone decides is packed beside the dimension, so that a row of facts carries one number from it however
many attributes rules read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from comity.engine.duckdb import Engine, quote
from comity.enrich.dimension import Dimension, later_name
from comity.evidence.base import REF
from comity.judge.coding import Coding, key_name
from comity.judge.periods import Periods
from comity.judge.scan import Facts, combined

#: Keys are packed into numbers below this.
_CAPACITY = 1 << 62


@dataclass(frozen=True)
class _Key:
    """A key of situations: its name, its value as SQL (never null, from 0), and how many values there are.

    ``home`` is the alias of the dimension that alone decides it, or None; ``reads`` are the dimension columns it needs.
    """

    name: str
    expression: str
    values: int
    home: str | None = None
    reads: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class _Pack:
    """Several keys as the digits of one number: one wide key is grouped much faster than many narrow ones."""

    column: str
    keys: tuple[_Key, ...]

    def sum(self, home: str | None) -> str:
        """The part of the number that one home decides, as SQL."""
        parts, weight = ["0::BIGINT"], 1
        for key in self.keys:
            if key.home == home and key.values > 1:
                parts.append(f"({key.expression})::BIGINT * {weight}")
            weight *= key.values
        return " + ".join(parts)

    def unpacked(self) -> list[str]:
        """The keys again, as SQL over the number."""
        parts, weight = [], 1
        for key in self.keys:
            parts.append(f"({self.column} // {weight} % {key.values})::INTEGER AS {key.name}")
            weight *= key.values
        return parts


def situations(engine: Engine, facts: Facts, codings: Mapping[str, Coding], periods: Periods, table: str) -> None:
    """Group the facts that are not moot by period, party and all codes into ``table``.

    Beside the keys a situation has ``n``, ``bytes``, ``first`` and ``last`` (moments), ``ref_even`` and ``ref_odd``
    (the first records whose place is an even and an odd number: two samples near the beginning).
    """
    for dimension in facts.dimensions:
        _code_dimension(engine, dimension, codings)
    keys, joins = _keys(engine, facts, codings, periods)
    packs = _pack(keys)
    sums = [[pack.sum(None)] for pack in packs]
    for number, dimension in enumerate(facts.dimensions):
        join, parts = _packed_dimension(engine, dimension, f"d{number}", packs)
        joins.append(join)
        for found, part in zip(sums, parts, strict=True):
            found.append(part)
    at = 'f."at"' if "at" in facts.columns else "NULL::TIMESTAMPTZ"
    volume = "f.bytes" if "bytes" in facts.columns else "NULL::BIGINT"
    moot = facts.kind.moot
    condition = f"WHERE f.{quote(moot)} IS NOT TRUE" if moot and moot in facts.columns else ""
    packed = ", ".join(f"{' + '.join(found)} AS {pack.column}" for pack, found in zip(packs, sums, strict=True))
    names = ", ".join(pack.column for pack in packs)
    unpacked = ", ".join(part for pack in packs for part in pack.unpacked())
    engine.run(
        f"CREATE OR REPLACE TABLE {table} AS SELECT {unpacked}, n, bytes, first, last, ref_even, ref_odd FROM ("
        f"SELECT {names}, count(*) AS n, sum(volume)::BIGINT AS bytes, min(moment) AS first, max(moment) AS last, "
        "min(ref) FILTER (ref % 2 = 0) AS ref_even, min(ref) FILTER (ref % 2 = 1) AS ref_odd FROM ("
        f"SELECT {packed}, {at} AS moment, {volume} AS volume, {REF} AS ref "
        f"FROM ({facts.relation}) f {' '.join(joins)} {condition}) GROUP BY {names})"
    )


def _code_dimension(engine: Engine, dimension: Dimension, codings: Mapping[str, Coding]) -> None:
    """Give a dimension a twin whose attributes are codes, and number the labels of parties."""
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
        f"SELECT {', '.join(columns) or 'true'} FROM {dimension.table} d {' '.join(joins)}"
    )


def _packed_dimension(
    engine: Engine, dimension: Dimension, alias: str, packs: Sequence[_Pack]
) -> tuple[str, list[str]]:
    """Add up what the dimension alone decides: the join of facts with the sums, and the part each pack gets from it.

    The joined table has the codes that facts still need. What is the same for all facts needs no join.
    """
    needed = {column for pack in packs for key in pack.keys for home, column in key.reads if home == alias}
    sums = [pack.sum(alias) for pack in packs]
    if not dimension.keys and not needed:
        (values,) = engine.rows(f"SELECT {', '.join(sums)} FROM {dimension.table}_coded {alias}")
        return "", list(map(str, values))
    columns = [
        *(quote(f"key_{key}") for key, _ in dimension.keys),
        *sorted(needed),
        *(f"{total} AS {pack.column}" for total, pack in zip(sums, packs, strict=True)),
    ]
    table = f"{dimension.table}_packed"
    engine.run(f"CREATE OR REPLACE TABLE {table} AS SELECT {', '.join(columns)} FROM {dimension.table}_coded {alias}")
    return dimension.join("f", alias, table), [f"{alias}.{pack.column}" for pack in packs]


def _code(coding: Coding, value: str, alias: str) -> tuple[str, list[str]]:
    """The code of a value as SQL, and the join it needs, if any."""
    expression = coding.expression(value)
    return (expression, []) if expression else (f"{alias}.code", [coding.join(alias, value)])


def _pack(keys: Sequence[_Key]) -> list[_Pack]:
    """Keys in order, in as few numbers as they fit into."""
    groups: list[list[_Key]] = [[]]
    size = 1
    for key in keys:
        if size * key.values >= _CAPACITY:
            groups.append([])
            size = 1
        groups[-1].append(key)
        size *= key.values
    return [_Pack(f"pack{number}", tuple(group)) for number, group in enumerate(groups)]


def _keys(
    engine: Engine, facts: Facts, codings: Mapping[str, Coding], periods: Periods
) -> tuple[list[_Key], list[str]]:
    """The keys of situations, and the joins that code raw columns of facts."""
    at = 'f."at"' if "at" in facts.columns else "NULL::TIMESTAMPTZ"
    keys, joins = [_Key("period", periods.expression(at), len(periods.all))], []
    for number, (name, coding) in enumerate(codings.items()):
        parts, reads = [], []
        for source in facts.sources(name):
            if source.alias == "f":
                expression, join = _code(coding, f"f.{quote(name)}", f"c{number}")
                joins += join
            else:
                reads.append((source.alias, key_name(source.column)))
                expression = f"{source.alias}.{key_name(source.column)}"
            parts.append(expression)
        missing = 1 if coding.attribute.closed else 0
        value = f"coalesce({combined(name, parts, '2')}, {missing})" if parts else str(missing)
        alone = len(parts) == len(reads) and len({alias for alias, _ in reads}) == 1
        home = reads[0][0] if alone else None
        keys.append(_Key(key_name(name), value, len(coding.values), home, () if alone else tuple(reads)))
    keys.append(_party(engine, facts, keys))
    return keys, joins


def _party(engine: Engine, facts: Facts, keys: Sequence[_Key]) -> _Key:
    """The party at the far end: its label, else the kind's party attribute."""
    for number, dimension in enumerate(facts.dimensions):
        if dimension.label:
            labels = engine.value(f"SELECT count(*) FROM {dimension.table}_labels")
            return _Key("party", f"coalesce(d{number}.label_code, 0)", labels + 1, f"d{number}")
    attribute = facts.kind.facets.party
    same = next((key for key in keys if attribute and key.name == key_name(attribute)), None)
    return replace(same, name="party") if same else _Key("party", "0", 1)
