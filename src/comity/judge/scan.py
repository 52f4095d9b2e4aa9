"""The one scan: facts grouped into situations, a grouping set for each different set of attributes that rules read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from comity.engine.duckdb import Engine, quote
from comity.enrich.dimension import EITHER_END, Dimension
from comity.judge.coding import Coding, key_name
from comity.judge.periods import Periods
from comity.vocabulary import Kind

#: A record's place as one number: the file's number above, the position in the file below.
REF = "(f.file::BIGINT << 40) | f.position"
REF_BITS = 40

#: The columns beside the keys that every situation has.
FACETS = ("from", "to", "party", "product")


@dataclass(frozen=True)
class Facts:
    """The facts of one kind: a relation (SQL), the columns it has, and its dimensions, nearest first."""

    kind: Kind
    relation: str
    columns: Mapping[str, str]
    dimensions: tuple[Dimension, ...]

    def sources(self, attribute: str) -> list[tuple[str, str]]:
        """(alias, table or relation) of everything that may give an attribute, in the order of precedence."""
        found = [("f", self.relation)] if attribute in self.columns else []
        return found + [(f"d{n}", d.table) for n, d in enumerate(self.dimensions) if attribute in d.columns]

    def joins(self, coded: bool) -> str:
        """The joins with all dimensions, in their coded form or as they are."""
        parts = (d.join("f", f"d{n}", f"{d.table}_coded" if coded else None) for n, d in enumerate(self.dimensions))
        return " ".join(parts)

    def value(self, attribute: str) -> str:
        """The value of an attribute as SQL, with every source joined as it is."""
        parts = [f"{alias}.{quote(attribute)}" for alias, _ in self.sources(attribute)]
        return combined(attribute, parts, "true") if parts else "NULL"

    def label(self) -> str | None:
        """The name by which reports know the party at the far end, as SQL."""
        return next((f"d{n}.label" for n, d in enumerate(self.dimensions) if d.label), None)


def combined(attribute: str, parts: Sequence[str], true: str) -> str:
    """The first of several sources that knows; for some attributes any source that says true."""
    if attribute in EITHER_END and len(parts) > 1:
        either = " OR ".join(f"{part} = {true}" for part in parts)
        return f"CASE WHEN {either} THEN {true} ELSE coalesce({', '.join(parts)}) END"
    return f"coalesce({', '.join(parts)})" if len(parts) > 1 else parts[0]


def code_dimensions(engine: Engine, facts: Facts, codings: Mapping[str, Coding]) -> None:
    """Give every dimension a twin whose attributes are codes."""
    for dimension in facts.dimensions:
        columns = [quote(f"key_{key}") for key, _ in dimension.keys]
        joins = []
        if dimension.label:
            columns.append("dense_rank() OVER (ORDER BY label)::INTEGER AS label_code")
        for number, name in enumerate(name for name in dimension.columns if name in codings):
            coding = codings[name]
            expression = coding.expression(f"d.{quote(name)}")
            if expression is None:
                joins.append(f"LEFT JOIN {coding.table} c{number} ON d.{quote(name)} = c{number}.value")
                expression = f"c{number}.{coding.column}"
            columns.append(f"{expression} AS {key_name(name)}")
        engine.run(
            f"CREATE OR REPLACE TABLE {dimension.table}_coded AS "
            f"SELECT {', '.join(columns)} FROM {dimension.table} d {' '.join(joins)}"
        )


def situations(
    engine: Engine,
    facts: Facts,
    codings: Mapping[str, Coding],
    periods: Periods,
    sets: Sequence[frozenset[str]],
    table: str,
) -> None:
    """Group the facts that are not moot into ``table``: facets, keys, ``n``, ``bytes``, times and first/last records.

    ``sets`` are the key attributes of each grouping set; a row's ``grouping`` is the index of its set.
    """
    keys = sorted(set().union(*sets) | set(_facet_attributes(facts)))
    joins, selected = _coded_columns(facts, codings, keys)
    at = 'f."at"' if "at" in facts.columns else "NULL::TIMESTAMPTZ"
    volume = "f.bytes" if "bytes" in facts.columns else "NULL::BIGINT"
    label = facts.label()
    party = f"coalesce({label}_code, 0)" if label else _facet(facts, facts.kind.facets.party)
    moot = facts.kind.moot
    condition = f"WHERE f.{quote(moot)} IS NOT TRUE" if moot and moot in facts.columns else ""
    inner = (
        f"SELECT {', '.join(selected)}, {party} AS party, {periods.expression(at)} AS period, "
        f"{at} AS moment, {volume} AS volume, {REF} AS ref "
        f"FROM ({facts.relation}) f {facts.joins(coded=True)} {joins} {condition}"
    )
    always = ["period", "party", *(key_name(name) for name in _facet_attributes(facts))]
    grouping = [list(dict.fromkeys([*always, *(key_name(name) for name in sorted(names))])) for names in sets]
    everything = [*always, *(key_name(name) for name in keys if key_name(name) not in always)]
    marker = f"grouping_id({', '.join(everything)})"
    number = " ".join(f"WHEN {_mask(everything, columns)} THEN {index}" for index, columns in enumerate(grouping))
    engine.run(
        f"CREATE OR REPLACE TABLE {table} AS SELECT {', '.join(everything)}, CASE {marker} {number} END AS grouping, "
        "count(*) AS n, sum(volume)::BIGINT AS bytes, min(moment) AS first, max(moment) AS last, "
        f"min(ref) AS ref_first, max(ref) AS ref_last FROM (SELECT * FROM ({inner})) "
        f"GROUP BY GROUPING SETS ({', '.join(f'({chr(44).join(columns)})' for columns in grouping)})"
    )


def _facet_attributes(facts: Facts) -> list[str]:
    facets = facts.kind.facets
    party = None if facts.label() else facets.party
    return [name for name in dict.fromkeys((facets.origin, facets.target, "product", party)) if name]


def _facet(facts: Facts, attribute: str | None) -> str:
    return key_name(attribute) if attribute else "0"


def _mask(everything: Sequence[str], columns: Iterable[str]) -> int:
    """What grouping_id() gives for a grouping set: a bit for each column left out, the first column highest."""
    kept = set(columns)
    return sum(1 << (len(everything) - 1 - index) for index, name in enumerate(everything) if name not in kept)


def _coded_columns(facts: Facts, codings: Mapping[str, Coding], keys: Iterable[str]) -> tuple[str, list[str]]:
    """The joins that code raw columns of facts, and the code of each key as a column."""
    joins, selected = [], []
    for number, name in enumerate(keys):
        coding, parts = codings[name], []
        for alias, _ in facts.sources(name):
            expression = coding.expression(f"f.{quote(name)}") if alias == "f" else f"{alias}.{key_name(name)}"
            if expression is None:
                joins.append(f"LEFT JOIN {coding.table} c{number} ON f.{quote(name)} = c{number}.value")
                expression = f"c{number}.{coding.column}"
            parts.append(expression)
        value = combined(name, parts, "2") if parts else "NULL"
        selected.append(f"coalesce({value}, 0)::INTEGER AS {key_name(name)}")
    return " ".join(joins), selected
