"""What records of large files share: gathered into a table and checked there, once for all that are alike.

Records that are alike get a number in common, by which they are looked up in the table. While they are gathered it is a
hash of all that they share; afterwards one of the few columns from which the others follow. So the others, lists above
all, are read once: reading and hashing a list costs many times what another value does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from comity.engine.duckdb import Engine, literal, quote
from comity.evidence.facts.columns import Column, Records, kinds_in, skip_reason, values
from comity.vocabulary import KINDS, Attribute, Type

#: What records share is gathered where the first so many of them show that it is shared by so many on average.
_FIRST = 100_000
_SHARE = 10


@dataclass(frozen=True)
class Alike:
    """What records share, in a table that has the number ``alike`` too, and how many there are of each of ``kinds``."""

    records: Records
    table: str
    number: str
    kinds: Mapping[str, int]

    def facts(self, kind: str) -> str:
        """A query for the records of a kind, each with the number that those alike have in common."""
        return self.records.facts(kind, self._only(kind), f", {self.number} AS alike")

    def shared(self, kind: str) -> str:
        """A query for what they share, once for all that are alike."""
        only = "".join(f" WHERE {condition}" for condition in self._only(kind))
        return f"SELECT file, alike{values(kind, _shared(self.records))} FROM {self.table}{only}"

    def _only(self, kind: str) -> list[str]:
        return [f'"kind" = {literal(kind)}'] * (len(self.kinds) > 1)


def gathered(engine: Engine, table: str, records: Records) -> Alike | None:
    """Gather what records share into a new table, and check them there.

    None where it is not worth it: there are few records, few of them are alike, or not all are in order.
    """
    if not all(column.exact for column in records.columns):
        return None
    shared = [column.attribute for column in _shared(records)]
    number = _number(records.file, shared)
    first = f"SELECT {number} AS alike {records.source} LIMIT {_FIRST}"
    count, unlike = engine.rows(f"SELECT count(*), count(DISTINCT alike) FROM ({first})")[0]
    if count < _FIRST or unlike * _SHARE > count:
        return None
    keys = {"file": records.file, '"kind"': '"kind"'} | {quote(one.name): quote(one.name) for one in shared}
    own = (quote(column.attribute.name) for column in records.columns if column.attribute not in shared)
    gathered = ["count(*) AS n", *(f"min({name}) AS {name}" for name in own)]
    engine.group(f"{table}_found", keys, number, gathered, records.source)
    source = f"FROM {table}_found"
    skip = skip_reason(records.columns, kinds_in(engine, source))
    if engine.rows(f"SELECT 1 {source} WHERE ({skip}) IS NOT NULL LIMIT 1"):
        return None
    telling = _telling(engine, source, shared)
    engine.hashed(table, f"SELECT *, {_number('file', telling)} AS alike {source}")
    kinds = dict(engine.rows(f'SELECT "kind"::VARCHAR, sum(n)::BIGINT {source} GROUP BY 1 ORDER BY 1'))
    return Alike(records, table, _number(records.file, telling), kinds)


def _telling(engine: Engine, source: str, shared: Sequence[Attribute]) -> list[Attribute]:
    """The attributes from which all others follow, among rows of which no two share everything; lists where they must.

    What is dear to read is left out first, if the rest still tells all rows apart.
    """
    rows = engine.value(f"SELECT count(*) {source}")
    telling = list(shared)
    for attribute in sorted(shared, key=lambda one: (not one.type.is_list, one.type is not Type.BOOL)):
        rest = [other for other in telling if other is not attribute]
        if engine.value(f"SELECT count(DISTINCT {_number('file', rest)}) {source}") == rows:
            telling = rest
    return telling


def _number(file: str, attributes: Iterable[Attribute]) -> str:
    """SQL for a number that records have in common where these attributes are the same: a hash of 64 bits, as lists are
    told apart by when they are judged. Nothing, no element and an element that is nothing differ in length alone.
    """
    names = [(quote(attribute.name), attribute.type.is_list) for attribute in attributes]
    lengths = [f"len({name})" for name, is_list in names if is_list]
    return f"hash({', '.join([file, quote('kind'), *(name for name, _ in names), *lengths])})"


def _shared(records: Records) -> list[Column]:
    """The columns that alike records have in common: not times and numbers, nor whether anything moved."""
    moot = {kind.moot for kind in KINDS.values()}
    own = (Type.TIME, Type.INT)
    return [
        column
        for column in records.columns
        for attribute in [column.attribute]
        if attribute.name not in moot and (attribute.name == "network" or attribute.type not in own)
    ]
